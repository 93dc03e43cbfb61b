"""Pictures drawn from numbers."""

import re
import xml.etree.ElementTree as ET

from cli.report.svg import bars, line


def test_a_bar_is_as_long_as_its_share() -> None:
    picture = bars([("a <b>", 0.5, "half"), ("c", 1.0, "all"), ("d", 0.0, "none")], full=1)
    ET.fromstring(picture)
    half, whole, none = (float(width) for width in re.findall(r'<rect [^>]*width="([\d.]+)"', picture))
    assert (half, none) == (whole / 2, 0)
    assert "a &lt;b&gt;" in picture


def test_a_line_rises_with_its_values() -> None:
    picture = line([("mon", 1), ("tue", 3), ("wed", 2)])
    ET.fromstring(picture)
    found = re.search(r'points="([^"]+)"', picture)
    assert found is not None
    first, second, third = (float(point.split(",")[1]) for point in found[1].split())
    assert second < third < first


def test_nothing_is_said_in_words() -> None:
    assert bars([]) == line([]) == "<p>nothing to show</p>"
