import struct

TYPES = {8: "uint8", 9: "int8", 11: "int16", 12: "int32", 13: "float32", 14: "float64"}


def read_header(data):
    if len(data) < 4 or data[0] != 0 or data[1] != 0:
        raise ValueError("this is no IDX file")
    code, rank = data[2], data[3]
    if code not in TYPES:
        raise ValueError(f"there is no type {code}")
    end = 4 + 4 * rank
    if len(data) < end:
        raise ValueError("the header ends too early")
    return TYPES[code], struct.unpack(f">{rank}I", data[4:end])
