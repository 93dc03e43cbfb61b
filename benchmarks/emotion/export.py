"""Writes the fine-tuned encoder as an ONNX graph with seven-bit weights that ONNX Runtime executes as integers.

The graph is put together operator by operator, from those that the runtime has fused kernels for. Activations are
quantised with ranges measured beforehand, so a text's logits do not depend on the others in its batch, as they would
with ranges taken from the batch itself.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

Floats = NDArray[np.float32]
CONTRIB = "com.microsoft"
# Seven bits: processors without VNNI add pairs of products in sixteen bits, where eight-bit weights overflow.
WEIGHT_STEPS = 63

# How much of an uneven range is moved into the weights; elsewhere it made the error larger.
SMOOTHING = {"qkv": 0.5, "up": 0.5}


# Lowest and highest value of each input of each linear layer, by the layer's name.
Ranges = Mapping[str, tuple[Floats, Floats]]


class _Graph:
    def __init__(self, ranges: Ranges) -> None:
        self.ranges = ranges
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self.count = 0

    def constant(self, array: NDArray[Any], name: str = "") -> str:
        self.count += 1
        name = f"{name or 'c'}_{self.count}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def node(self, kind: str, inputs: list[str], domain: str = "", outputs: int = 1, **attributes: Any) -> str:
        self.count += 1
        name = f"{kind.lower()}_{self.count}"
        names = [name] + [f"{name}_{at}" for at in range(1, outputs)]
        self.nodes.append(helper.make_node(kind, inputs, names, name=name, domain=domain, **attributes))
        return name

    def entering(self, x: str, layer: str, weight: Floats) -> tuple[str, str, str, Floats]:
        """`x` as unsigned bytes, its scale and zero point, and `weight` (out, in) made to fit.

        Of what leaves a layer norm, a few inputs have a range many times that of the others. Each is divided by a
        factor that its weights are multiplied by, as in Xiao et al., SmoothQuant, ICML 2023, with equal parts for both.
        """
        low, high = self.ranges[layer]
        strength = SMOOTHING.get(layer.rpartition(".")[2], 0.0)
        factor = np.ones(len(low), dtype=np.float32)
        if strength:
            widest = np.maximum(np.maximum(np.abs(low), np.abs(high)), 1e-4)
            factor = (widest / np.maximum(np.abs(weight).max(0), 1e-4)) ** strength
            factor = (factor / np.exp(np.log(factor).mean())).astype(np.float32)
            x = self.node("Mul", [x, self.constant(1 / factor, "smooth")])
        bottom, top = min(float((low / factor).min()), 0.0), max(float((high / factor).max()), 0.0)
        step = max(top - bottom, 1e-6) / 255
        scale = self.constant(np.array(step, dtype=np.float32), "step")
        zero = self.constant(np.array(round(-bottom / step), dtype=np.uint8), "zero")
        return self.node("QuantizeLinear", [x, scale, zero]), scale, zero, weight * factor

    def product(self, x: tuple[str, str, str], weight: Floats, bias: Floats) -> str:
        """`x @ weight.T + bias` for a quantised x; weight (out, in) in seven bits with one scale per output."""
        scale = np.maximum(np.abs(weight).max(1), 1e-12) / WEIGHT_STEPS
        packed = np.round(weight / scale[:, None]).astype(np.int8).T
        value, step, zero = x
        return self.node(
            "MatMulIntegerToFloat",
            [value, self.constant(packed, "w"), step, self.constant(scale.astype(np.float32), "s"), zero, "",
             self.constant(bias, "b")],
            CONTRIB,
        )  # fmt: skip

    def linear(self, x: str, layer: str, weight: Floats, bias: Floats, parts: int = 1) -> list[str]:
        """`x @ weight.T + bias`, its outputs in `parts` equal pieces."""
        *quantised, fitted = self.entering(x, layer, weight)
        value, step, zero = quantised
        pieces = zip(np.split(fitted, parts), np.split(bias, parts), strict=True)
        return [self.product((value, step, zero), *piece) for piece in pieces]

    def norm(self, x: str, weight: Floats, bias: Floats) -> str:
        inputs = [x, self.constant(weight, "g"), self.constant(bias, "h")]
        return self.node("LayerNormalization", inputs, axis=-1, epsilon=1e-12)

    def skip_norm(self, x: str, skip: str, weight: Floats, bias: Floats) -> str:
        # The runtime's fused SkipLayerNormalization takes twice the time of the two (ONNX Runtime 1.32, AVX2).
        return self.norm(self.node("Add", [x, skip]), weight, bias)


def build(state: Mapping[str, Floats], ranges: Ranges, heads: int = 12, positions: int = 128) -> onnx.ModelProto:
    """The graph for `state`, the arrays of an `EmotionEncoder` by name.

    Inputs `ids` and `mask`, int64 (batch, tokens) with at most `positions` tokens; output `logits` (batch, labels).
    """
    g = _Graph(ranges)
    words = state["words.weight"]
    scale = np.maximum(np.abs(words).max(1, keepdims=True), 1e-12) / 127
    table = g.constant(np.round(words / scale).astype(np.int8), "words")
    scales = g.constant(scale.astype(np.float32), "word_scales")
    spoken = g.node("Cast", [g.node("Gather", [table, "ids"])], to=TensorProto.FLOAT)
    word = g.node("Mul", [spoken, g.node("Gather", [scales, "ids"])])
    size = g.node("Slice", [g.node("Shape", ["ids"]), g.constant(np.array([1])), g.constant(np.array([2]))])
    place = g.node(
        "Slice",
        [g.constant(state["positions.weight"][:positions].astype(np.float32), "positions"),
         g.constant(np.array([0])), size, g.constant(np.array([0]))],
    )  # fmt: skip
    hidden = g.norm(g.node("Add", [word, place]), state["embedded.weight"], state["embedded.bias"])
    padding = g.node("Cast", ["mask"], to=TensorProto.INT32)
    depth = 1 + max(int(name.split(".")[1]) for name in state if name.startswith("layers."))
    for number in range(depth):
        at = f"layers.{number}."

        def layer(x: str, name: str, parts: int = 1, at: str = at) -> list[str]:
            return g.linear(x, f"{at}{name}", state[f"{at}{name}.weight"], state[f"{at}{name}.bias"], parts)

        query, key, value = layer(hidden, "qkv", 3)
        mixed = g.node("MultiHeadAttention", [query, key, value, "", padding], CONTRIB, num_heads=heads)
        (out,) = layer(mixed, "out")
        hidden = g.skip_norm(out, hidden, state[f"{at}attended.weight"], state[f"{at}attended.bias"])
        (up,) = layer(hidden, "up")
        (down,) = layer(g.node("Gelu", [up], CONTRIB), "down")
        hidden = g.skip_norm(down, hidden, state[f"{at}fed.weight"], state[f"{at}fed.bias"])
    kept = g.node("Unsqueeze", [g.node("Cast", ["mask"], to=TensorProto.FLOAT), g.constant(np.array([-1]))])
    axis = g.constant(np.array([1]))
    total = g.node("ReduceSum", [g.node("Mul", [hidden, kept]), axis], keepdims=0)
    count = g.node("Max", [g.node("ReduceSum", [kept, axis], keepdims=0), g.constant(np.array(1.0, dtype=np.float32))])
    mean = g.node("Div", [total, count])
    hole = g.node(
        "Mul",
        [g.node("Sub", [g.constant(np.array(1.0, dtype=np.float32)), kept]),
         g.constant(np.array(-1e4, dtype=np.float32))],
    )  # fmt: skip
    peak = g.node("ReduceMax", [g.node("Add", [hidden, hole]), axis], keepdims=0)
    pooled = g.node("Concat", [mean, peak], axis=-1)
    head = g.constant(np.ascontiguousarray(state["head.weight"].T), "head")
    g.nodes.append(helper.make_node("Gemm", [pooled, head, g.constant(state["head.bias"])], ["logits"], name="logits"))
    shape = ["batch", "tokens"]
    graph = helper.make_graph(
        g.nodes,
        "emotion",
        [helper.make_tensor_value_info(name, TensorProto.INT64, shape) for name in ("ids", "mask")],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", int(state["head.weight"].shape[0])])],
        g.constants,
    )
    opsets = [helper.make_opsetid("", 20), helper.make_opsetid(CONTRIB, 1)]
    model = helper.make_model(graph, opset_imports=opsets, producer_name="masterx")
    model.ir_version = 10
    return model


def write(path: Path, state: Mapping[str, Floats], ranges: Ranges) -> None:
    """Put the graph for `state` into `path`."""
    path.write_bytes(build(state, ranges).SerializeToString())
