"""Videos: mp4 with PyAV, GIF and WebP with Pillow."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.keywords import in_short, whole_number

Frame = npt.NDArray[np.uint8]
FORMATS = (".mp4", ".gif", ".webp")
LAST_FRAME_SECONDS = 2.0
COLOURS = 96
"""The number of colours of a GIF or a WebP; drawings have few."""


def beside(films: Sequence[Sequence[Frame]], gap: int = 8) -> list[Frame]:
    """Returns films side by side; shorter films stop at their last frame.

    Raises:
        SafetyEnvsError: no films, or a film without frames.
    """
    if not films or not all(map(len, films)):
        raise SafetyEnvsError("nothing to show: every film needs at least one frame")
    length = max(map(len, films))
    frames = []
    for t in range(length):
        parts = [film[min(t, len(film) - 1)] for film in films]
        height = max(part.shape[0] for part in parts)
        padded = []
        for i, part in enumerate(parts):
            right = gap if i < len(parts) - 1 else 0
            margins = ((0, height - part.shape[0]), (0, right), (0, 0))
            padded.append(np.pad(part, margins, constant_values=255))
        frames.append(np.concatenate(padded, axis=1))
    return frames


def checked_path(path: str | Path) -> Path:
    """Returns the path of a video if its suffix is a known format and it can be written.

    Raises:
        SafetyEnvsError: an unknown suffix, a folder, or a path inside a file.
    """
    if not isinstance(path, (str, Path)):
        raise SafetyEnvsError(f"a video's path must be text or a Path, got {in_short(path)}")
    path = Path(path)
    if path.suffix.lower() not in FORMATS:
        raise SafetyEnvsError(
            f"cannot write a video to {str(path)!r}: its name must end with {', '.join(FORMATS)}"
        )
    if path.is_dir():
        raise SafetyEnvsError(f"cannot write a video to {str(path)!r}: it is a folder")
    there = next((above for above in path.parents if above.exists()), path.parent)
    if not there.is_dir():
        raise SafetyEnvsError(f"cannot write a video to {str(path)!r}: {str(there)!r} is a file")
    return path


def checked_rate(frames_per_second: int) -> int:
    """Returns a valid number of frames per second.

    Raises:
        SafetyEnvsError: an invalid number.
    """
    return whole_number(frames_per_second, "frames_per_second", 1, 1000)


def write_video(frames: Sequence[Frame], path: str | Path, frames_per_second: int) -> None:
    """Writes frames, each uint8 [rows, cols, 3], in the format of the path's suffix.

    Raises:
        SafetyEnvsError: no frames, an unknown format, an invalid rate or path, or mp4 without PyAV.
    """
    if not len(frames):
        raise SafetyEnvsError("a video needs at least one frame")
    path = checked_path(path)
    rate = checked_rate(frames_per_second)
    unfinished = path.with_name(f".unfinished-{path.name}")
    write = _write_mp4 if path.suffix.lower() == ".mp4" else _write_animation
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(frames, unfinished, rate)
        unfinished.replace(path)
    except OSError as error:
        raise SafetyEnvsError(f"cannot write a video to {str(path)!r}: {error}") from error
    finally:
        unfinished.unlink(missing_ok=True)


def _write_mp4(frames: Sequence[Frame], path: Path, frames_per_second: int) -> None:
    try:
        import av
    except ImportError:
        raise SafetyEnvsError(
            "mp4 needs PyAV: pip install 'safety_envs[video]', or write a .gif"
        ) from None
    rows, cols, _ = frames[0].shape
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libx264", rate=frames_per_second)
        stream.width, stream.height = cols + cols % 2, rows + rows % 2  # the codec needs even sides
        stream.pix_fmt = "yuv420p"
        stream.options = {"crf": "20"}
        hold = [frames[-1]] * round(LAST_FRAME_SECONDS * frames_per_second)
        for frame in [*frames, *hold]:
            even = np.pad(frame, ((0, rows % 2), (0, cols % 2), (0, 0)), mode="edge")
            container.mux(stream.encode(av.VideoFrame.from_ndarray(even, format="rgb24")))
        container.mux(stream.encode())


def _write_animation(frames: Sequence[Frame], path: Path, frames_per_second: int) -> None:
    from PIL import Image

    # One palette for all frames and no dithering: small files, and no flicker.
    telling = np.concatenate([frames[k] for k in (0, len(frames) // 2, -1)])
    palette = Image.fromarray(telling).quantize(COLOURS)
    pictures = [
        Image.fromarray(frame).quantize(palette=palette, dither=Image.Dither.NONE)
        for frame in frames
    ]
    durations = [1000 // frames_per_second] * (len(frames) - 1) + [int(LAST_FRAME_SECONDS * 1000)]
    options: dict[str, Any] = {"optimize": True, "disposal": 1}
    if path.suffix.lower() == ".webp":
        pictures = [picture.convert("RGB") for picture in pictures]
        # Each frame holds what differs from the one before: no frame has to stand alone.
        options = {"lossless": True, "method": 4, "kmin": len(frames), "kmax": len(frames) + 1}
    pictures[0].save(
        path, save_all=True, append_images=pictures[1:], duration=durations, loop=0, **options
    )
