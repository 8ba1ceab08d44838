"""Exercise read_header. To check it: scrawl check read_header.py"""


def read_header(data):
    r"""Type and shape of the numbers in an IDX file.

    Digits are published as IDX files, which begin with

        0  0  TYPE  RANK  then RANK dimensions of four bytes each, most significant byte first

    TYPE is 0x08 uint8, 0x09 int8, 0x0B int16, 0x0C int32, 0x0D float32 or 0x0E float64. A
    dimension is a whole number from 0 to 4,294,967,295. The numbers themselves follow.

    scrawl's own: src/scrawl/data/idx/reader.py: Reader

    Parameters
    ----------
    data : bytes
        The file, or the beginning of it.

    Returns
    -------
    type : str
        Such as "uint8".
    shape : tuple of int
        RANK dimensions.

    Raises
    ------
    ValueError
        If the first two bytes are not 0, if there is no such type, or if data ends before the
        header does.

    Examples
    --------
    >>> read_header(b"\x00\x00\x08\x02\x00\x00\x00\x05\x00\x00\x01\x00")
    ('uint8', (5, 256))
    """
    raise NotImplementedError
