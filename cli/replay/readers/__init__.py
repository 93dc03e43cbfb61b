"""One reader per format of recorded data: a file to events, with ids that a second reading makes again."""

from cli.replay.readers import bridge, mathdial, statistics_cloze
from cli.replay.recorded import Reader

READERS: dict[str, Reader] = {
    statistics_cloze.NAME: statistics_cloze.read,
    mathdial.NAME: mathdial.read,
    bridge.NAME: bridge.read,
}
