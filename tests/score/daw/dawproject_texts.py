"""DAWprojects of other programs, written by hand for the tests of reading."""

from __future__ import annotations

import zipfile
from io import BytesIO


def zipped(project: str | bytes, **others: bytes) -> bytes:
    """An archive with that project.xml and other members."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("project.xml", project)
        for name, data in others.items():
            archive.writestr(name, data)
    return file.getvalue()


def project(lanes: str, structure: str = "", arrangement: str = "", transport: str = "") -> str:
    """A project.xml whose one track t1 ("Keys") holds `lanes`; the rest is added to its place."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?><Project version="1.0"><Application name="Other" version="5"/>'
        '<Transport><Tempo unit="bpm" value="120" id="tempo"/>'
        f'<TimeSignature numerator="4" denominator="4" id="meter"/>{transport}</Transport>'
        '<Structure><Track id="t1" name="Keys" contentType="notes"><Channel role="regular" id="c1"/></Track>'
        f'{structure}</Structure><Arrangement><Lanes timeUnit="beats"><Lanes track="t1">{lanes}</Lanes></Lanes>'
        f"{arrangement}</Arrangement></Project>"
    )


def note(time: float, duration: float = 1.0, key: int = 60, more: str = "") -> str:
    """A Note of middle loudness."""
    return f'<Note time="{time}" duration="{duration}" channel="0" key="{key}" vel="0.503937" {more}/>'


def clips(inside: str) -> str:
    """A Clips timeline."""
    return f"<Clips>{inside}</Clips>"


def clip(attributes: str, *notes: str) -> str:
    """A Clip of notes."""
    return f"<Clip {attributes}><Notes>{''.join(notes)}</Notes></Clip>"
