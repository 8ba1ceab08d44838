"""The commands of `scrawl`: by name, the module, the purpose and an example of each."""

from __future__ import annotations

# By name the module and its purpose. Written out, not collected from the modules:
# `scrawl --help` then imports none of them.
COMMANDS = {
    "download": ("stages.download", "fetch one IDX file from the first source that has it"),
    "deform": ("stages.deform", "make a large dataset: deformed copies of another's images"),
    "decode": ("stages.decode", "turn the four IDX files of a dataset into one HDF5 file"),
    "prepare": ("stages.prepare", "normalise, flatten, one-hot encode and split"),
    "train": ("stages.train", "train one network with one random seed"),
    "snapshots": ("stages.snapshots", "keep snapshots of a small network from its training"),
    "evaluate": ("stages.evaluate", "score a trained network on every test image"),
    "corrupt": ("stages.corrupt", "score a trained network on corrupted test images"),
    "transfer": ("stages.transfer", "score a trained network on another dataset"),
    "ensemble": ("stages.ensemble", "average the answers of several networks and score them"),
    "sweep": ("stages.sweep", "rank the runs of a sweep and summarise it"),
    "groups": ("stages.groups", "tabulate accuracy by groups of images, such as writers"),
    "doubts": ("stages.doubts", "list images that look mislabelled, or are in both sets"),
    "mistakes": (
        "stages.mistakes",
        "find an experiment's mistakes and the training images that explain them",
    ),
    "explain": ("stages.explain", "gather the mistakes of experiments in one page"),
    "plot": ("stages.plot", "draw one of the figures"),
    "draw": ("stages.draw", "make the page to draw digits on, which the networks read"),
    "report": ("stages.report", "gather all results in one page that opens offline"),
    "index": ("stages.index", "list the finished runs and reports of a dataset on one page"),
    "originals": ("studies.originals", "compare what the originals' authors printed with our runs"),
    "review": ("studies.review", "score a trained network on its training images"),
    "measure": ("studies.measure", "make one of the measurements for the open questions"),
    "questions": ("studies.questions", "answer the open questions, with a figure each"),
    "records": ("studies.records", "tabulate the best networks beside published results"),
    "people": ("studies.people", "tabulate accuracy on writers met in training and on others"),
    "protocol": ("studies.search", "tabulate the recipes tried on validation images"),
    "robustness": ("studies.robustness", "draw and tabulate runs under corruptions"),
    "import": ("tools.import_dataset", "make a dataset of pictures, NumPy files or tables"),
    "runs": ("tools.runs", "list finished runs: accuracy, interval, seconds, findings"),
    "new": ("tools.new", "write a project: a folder to run Snakemake in"),
    "predict": ("tools.predict", "read digits in pictures with a trained network"),
    "compare": ("tools.compare", "compare two runs, or two experiments over all their seeds"),
    "replay": ("tools.replay", "look at any update of a run, or find where two runs part"),
    "inspect": ("tools.inspect", "print the contents of an HDF5 artifact"),
    "verify": ("tools.verify", "compute the digests of artifacts again, from the raw files on"),
    "digests": ("tools.digests", "write the published digests of the default suite again"),
    "bundle": ("tools.bundle", "write all that it takes to train a run again into one file"),
    "export": ("tools.export", "write a trained network as an ONNX, safetensors or Keras file"),
    "exercise": ("exercises.exercise", "list the exercises, or write the file to begin one with"),
    "check": ("exercises.check", "check files with solved exercises"),
    "page": ("tools.fill", "fill a page's placeholders with numbers from artifacts"),
    "glyphs": ("tools.glyphs", "draw the bundled dataset again"),
    "configuration": ("tools.configuration", "print the reference of all settings"),
    "completion": ("tools.completion", "print what lets a shell complete these commands"),
}
# By the package of a command's module; tools lie in several.
GROUPS = {"stages": "The chain, run by Snakemake in this order", "studies": "Studies", "": "Tools"}

# To be pasted in the project's folder. The paths are those of the default suite, and of files that
# the examples themselves write.
EXAMPLES = """
scrawl download --output train-images.idx.gz \\
    --settings '{"name": "train-images.idx.gz", "sources": ["data/glyphs"]}'
scrawl deform --settings '{"images": 60000, "seed": 1}' --output deformed \\
    --train-images data/glyphs/train-images.idx.gz --train-labels data/glyphs/train-labels.idx.gz \\
    --test-images data/glyphs/test-images.idx.gz --test-labels data/glyphs/test-labels.idx.gz
scrawl decode --output decoded.h5 \\
    --train-images data/glyphs/train-images.idx.gz --train-labels data/glyphs/train-labels.idx.gz \\
    --test-images data/glyphs/test-images.idx.gz --test-labels data/glyphs/test-labels.idx.gz
scrawl prepare --settings '{"normalisation": "unit", "validation": 2000}' \\
    --data decoded.h5 --output prepared.h5
scrawl train --settings '{"hidden": [32], "epochs": 3, "seed": 1}' --data prepared.h5 \\
    --model model.h5 --history history.csv
scrawl snapshots --settings '{"hidden": [32], "epochs": 3, "seed": 1}' --data prepared.h5 \\
    --snapshots snapshots.h5
scrawl evaluate --data prepared.h5 --model model.h5 \\
    --metrics metrics.json --predictions predictions.h5
scrawl corrupt --data prepared.h5 --models model.h5 --output corruptions.json
scrawl transfer --data artifacts/mnist/prepared/unit.h5 \\
    --model artifacts/glyphs/runs/dense-128/1/model.h5 \\
    --metrics metrics.json --predictions predictions.h5
scrawl ensemble --settings '{"of": ["dense-128"], "size": 2, "seed": 1}' \\
    --runs artifacts/glyphs/runs/dense-128/1 artifacts/glyphs/runs/dense-128/2 \\
    --metrics metrics.json --predictions predictions.h5
scrawl sweep rank --runs artifacts/glyphs/runs --table summary.csv \\
    --settings '{"sample": "grid", "settings": {"hidden": [[8], [16]]}}'
scrawl groups --table groups.csv \\
    --runs artifacts/mnist_writers/runs/dense-128/1 artifacts/mnist_writers/runs/dense-128/2
scrawl doubts --data artifacts/glyphs/prepared/unit.h5 --table doubts.csv
scrawl mistakes --data artifacts/glyphs/prepared/unit.h5 --output mistakes.h5 \\
    --runs artifacts/glyphs/runs/dense-128/1 artifacts/glyphs/runs/dense-128/2 \\
    --model artifacts/glyphs/runs/dense-128/1/model.h5
scrawl explain --title glyphs --data artifacts/glyphs/prepared/unit.h5 --output mistakes.html \\
    --runs artifacts/glyphs/runs/dense-128/1 artifacts/glyphs/runs/dense-128/2 \\
    --mistakes artifacts/glyphs/mistakes/quick/dense-128.h5 \\
    --doubts artifacts/glyphs/doubts/unit.csv
scrawl plot confusion \\
    --runs artifacts/glyphs/runs/dense-128/1 --output confusion.png
scrawl draw --data artifacts/glyphs/prepared/unit.h5 --runs artifacts/glyphs/runs/dense-128/1 \\
    --output draw.html
scrawl report --title glyphs --data artifacts/glyphs/prepared/unit.h5 \\
    --runs artifacts/glyphs/runs/linear/1 artifacts/glyphs/runs/dense-128/1 --output report.html
scrawl index --title glyphs --folder artifacts/glyphs --output index.html
scrawl originals --printed workflow/studies/originals/printed.yaml \\
    --runs artifacts/mnist/runs/original-30/1 artifacts/mnist/runs/original-30/2 \\
    --table table.json --csv table.csv --figure comparison.svg
scrawl review --data artifacts/glyphs/prepared/unit.h5 \\
    --model artifacts/glyphs/runs/dense-128/1/model.h5 --output review.json
scrawl measure sigmoid --settings '{"small": {"hidden": [32]}}' --seeds 1 2 \\
    --data artifacts/mnist/prepared/unit.h5 --output sigmoid.json
scrawl questions --runs artifacts/mnist/runs/dense-128/1 \\
    --measurements artifacts/mnist/measurements/sigmoid.json --folder questions
scrawl records --rows workflow/studies/records/rows.yaml --runs artifacts/mnist/runs/*/* \\
    --table table.json --csv table.csv
scrawl people --runs artifacts/mnist_writers/runs/*/* artifacts/mnist_new_writers/runs/*/* \\
    --output people.json
scrawl protocol --chosen '{"wide": {"hidden": [800]}}' --runs artifacts/mnist_search/runs/*/* \\
    --output protocol.json
scrawl robustness --data artifacts/glyphs/prepared/unit.h5 --folder robustness \\
    --runs artifacts/glyphs/runs/dense-128/1 artifacts/glyphs/runs/dense-128-distorted/1
scrawl import photographs --name mine --size 28x28 > mine.yaml
scrawl runs --dataset glyphs --sort accuracy
scrawl new my-digits
scrawl predict artifacts/glyphs/runs/dense-128/1 digit.png
scrawl compare artifacts/glyphs/runs/linear/1 artifacts/glyphs/runs/dense-128/1
scrawl replay artifacts/glyphs/runs/dense-128/1 --step 100 --image 0
scrawl inspect artifacts/glyphs/runs/dense-128/1/model.h5
scrawl verify artifacts/glyphs
scrawl digests artifacts/glyphs artifacts/mnist --output digests.json
scrawl bundle artifacts/glyphs/runs/linear/1
scrawl export artifacts/glyphs/runs/dense-128/1 --output digits.onnx
scrawl exercise softmax_cross_entropy
scrawl check softmax_cross_entropy.py
scrawl page --template workflow/studies/records/page.md --output records.md \\
    --facts records=artifacts/mnist/records/records/table.json
scrawl glyphs --output glyphs --train 1000 --test 100
scrawl configuration --output configuration.md
scrawl completion bash > ~/.local/share/bash-completion/completions/scrawl
"""


def example(name: str) -> str:
    """Return the example of a command, or nothing.

    >>> example("verify")
    'scrawl verify artifacts/glyphs'
    """
    _, found, rest = EXAMPLES.partition(f"\nscrawl {name} ")
    return (found + rest.partition("\nscrawl ")[0]).strip()
