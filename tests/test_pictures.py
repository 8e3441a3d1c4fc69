import warnings
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.picture_samples import (
    corners,
    encoded,
    exif,
    png,
    png_bomb,
    quarters,
    red_green_swapped_profile,
)
from trousseau.pictures import MAX_UPLOAD_BYTES, PictureRefusedError, square

UPRIGHT = ["red", "lime", "blue", "yellow"]
SMALL_JPEG = encoded(quarters(48, 40), "JPEG", exif=exif(6))
SMALL_PNG = encoded(quarters(48, 40).quantize(8), "PNG")
SMALL_WEBP = encoded(quarters(48, 40), "WEBP", exif=exif(3))


def refusal(upload: bytes) -> str:
    with pytest.raises(PictureRefusedError) as refused:
        square(upload)
    return refused.value.reason


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP"])
def test_square_any_accepted_format_gives_webp_of_the_size(file_format: str) -> None:
    photo = square(encoded(quarters(), file_format), size=96)
    with Image.open(BytesIO(photo)) as image:
        assert (image.format, image.mode, image.size) == ("WEBP", "RGB", (96, 96))
    assert corners(photo) == UPRIGHT


def test_square_open_file_gives_the_same_as_its_bytes() -> None:
    upload = encoded(quarters(), "PNG")
    assert square(BytesIO(upload)) == square(upload)


@pytest.mark.parametrize("dimensions", [(900, 300), (300, 901), (1, 1), (1, 500), (4000, 3000)])
def test_square_any_proportions_keep_the_centre(dimensions: tuple[int, int]) -> None:
    width, height = dimensions
    side = min(dimensions)
    image = Image.new("RGB", dimensions, "black")
    image.paste(quarters(side, side), ((width - side) // 2, (height - side) // 2))
    photo = square(encoded(image, "PNG"))
    assert Image.open(BytesIO(photo)).size == (256, 256)
    if side > 1:
        assert corners(photo) == UPRIGHT


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    ("orientation", "expected"),
    [
        (1, ["red", "lime", "blue", "yellow"]),
        (2, ["lime", "red", "yellow", "blue"]),
        (3, ["yellow", "blue", "lime", "red"]),
        (4, ["blue", "yellow", "red", "lime"]),
        (5, ["red", "blue", "lime", "yellow"]),
        (6, ["blue", "red", "yellow", "lime"]),
        (7, ["yellow", "lime", "blue", "red"]),
        (8, ["lime", "yellow", "red", "blue"]),
        (99, ["red", "lime", "blue", "yellow"]),
    ],
)
def test_square_turned_camera_comes_out_upright(
    file_format: str,
    orientation: int,
    expected: list[str],
) -> None:
    upload = encoded(quarters(600, 450), file_format, exif=exif(orientation))
    assert corners(square(upload)) == expected


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP"])
def test_square_metadata_is_gone(file_format: str) -> None:
    """Where and when a child's photo was taken never leaves the upload."""
    text = PngInfo()
    text.add_text("Comment", "Telephone of Lisa")
    upload = encoded(
        quarters(),
        file_format,
        exif=exif(),
        xmp=b"<x:xmpmeta>Telephone of Lisa</x:xmpmeta>",
        icc_profile=red_green_swapped_profile(),
        **({"pnginfo": text} if file_format == "PNG" else {}),
        **({"comment": "Telephone of Lisa"} if file_format == "JPEG" else {}),
    )
    assert b"Telephone of Lisa" in upload
    photo = square(upload)
    with Image.open(BytesIO(photo)) as image:
        image.load()
        assert dict(image.getexif()) == {}
        assert set(image.info) <= {"loop", "background", "timestamp", "duration"}
    assert [c for c in (b"EXIF", b"XMP ", b"ICCP", b"Telephone of Lisa") if c in photo] == []


def test_square_colour_profile_is_obeyed_then_dropped() -> None:
    upload = encoded(quarters(), "PNG", icc_profile=red_green_swapped_profile())
    assert corners(square(upload)) == ["lime", "red", "blue", "yellow"]


@pytest.mark.parametrize("profile", [b"not a profile", red_green_swapped_profile()])
def test_square_profile_that_does_not_fit_is_ignored(profile: bytes) -> None:
    upload = encoded(Image.new("L", (300, 300), 128), "PNG", icc_profile=profile)
    assert corners(square(upload)) == ["grey"] * 4


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "I;16"])
def test_square_any_pixel_layout_is_read(mode: str) -> None:
    if mode == "I;16":
        image = Image.new("I;16", (300, 300), 0x8080)
    else:
        image = Image.new("RGB", (300, 300), "white").convert(mode if mode != "PA" else "P")
    upload = encoded(image, "JPEG" if mode == "CMYK" else "PNG")
    assert corners(square(upload)) == (["grey"] if mode == "I;16" else ["white"]) * 4


def test_square_transparent_parts_are_white_and_hide_nothing() -> None:
    image = quarters().convert("RGBA")
    image.putalpha(0)
    for file_format in ("PNG", "WEBP"):
        upload = encoded(image, file_format, exact=True)
        assert corners(square(upload)) == ["white"] * 4
    palette = quarters().quantize(8)
    transparent = encoded(palette, "PNG", transparency=bytes(8))
    assert corners(square(transparent)) == ["white"] * 4


@pytest.mark.parametrize("file_format", ["PNG", "WEBP", "MPO"])
def test_square_several_frames_give_the_first(file_format: str) -> None:
    others = [Image.new("RGB", (600, 600), "black")] * 3
    upload = encoded(quarters(), file_format, save_all=True, append_images=others)
    photo = square(upload)
    assert corners(photo) == UPRIGHT
    assert getattr(Image.open(BytesIO(photo)), "n_frames", 1) == 1


def test_square_more_bytes_than_allowed_is_refused() -> None:
    """VAL-09: the limit holds for a file of unknown length too, which is not read to its end."""
    endless = BytesIO(bytes(MAX_UPLOAD_BYTES * 2))
    with pytest.raises(PictureRefusedError) as refused:
        square(endless)
    assert refused.value.reason == "too_large"
    assert endless.tell() == MAX_UPLOAD_BYTES + 1
    assert refusal(bytes(MAX_UPLOAD_BYTES + 1)) == "too_large"
    assert refusal(bytes(MAX_UPLOAD_BYTES)) == "not_an_image"


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("dimensions", [(5001, 5000), (12_000, 12_000), (20_000, 20_000)])
def test_square_pixel_bomb_is_refused(dimensions: tuple[int, int], *, strict: bool) -> None:
    """VAL-09: also where Pillow warns instead of raising."""
    bomb = png_bomb(*dimensions)
    assert len(bomb) < 60_000
    with warnings.catch_warnings():
        warnings.simplefilter("error" if strict else "ignore")
        assert refusal(bomb) == "too_many_pixels"


def test_square_webp_is_held_to_half_the_pixels() -> None:
    """VAL-09: decoding one takes four times the memory."""
    half = encoded(Image.new("RGB", (4000, 3000), "lime"), "WEBP")
    assert corners(square(half)) == ["lime"] * 4
    assert refusal(encoded(Image.new("RGB", (4000, 3200), "lime"), "WEBP")) == "too_many_pixels"


def test_square_pixel_bomb_is_refused_before_decoding() -> None:
    """VAL-09: its pixels are rubbish, which nobody has noticed."""
    assert refusal(png(6000, 6000, b"rubbish")) == "too_many_pixels"
    assert refusal(png(60, 60, b"rubbish")) == "damaged"


def test_square_largest_allowed_image_is_accepted() -> None:
    assert corners(square(png_bomb(5000, 5000))) == ["black"] * 4


@pytest.mark.parametrize("upload", [SMALL_JPEG, SMALL_PNG, SMALL_WEBP])
def test_square_truncated_image_is_damaged(upload: bytes) -> None:
    assert refusal(upload[: len(upload) * 3 // 4]) in {"damaged", "not_an_image"}


@pytest.mark.parametrize(
    "upload",
    [
        b"",
        b"GIF89a",
        encoded(quarters(40, 40), "GIF"),
        encoded(quarters(40, 40), "BMP"),
        encoded(quarters(40, 40), "TIFF"),
        encoded(quarters(40, 40), "PDF"),
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b"<!doctype html><title>\xff\xd8\xff\xe0</title><script>alert(1)</script>",
        b"GIF89a/*" + SMALL_JPEG,
        b"\n" + SMALL_PNG,
    ],
    ids=["empty", "stub", "gif", "bmp", "tiff", "pdf", "svg", "html", "gif-jpeg", "late-png"],
)
def test_square_other_formats_are_not_images(upload: bytes) -> None:
    """VAL-09: the content decides, neither the name nor the declared type."""
    assert refusal(upload) == "not_an_image"


@pytest.mark.parametrize("upload", [SMALL_JPEG, SMALL_PNG, SMALL_WEBP])
def test_square_polyglot_loses_its_other_half(upload: bytes) -> None:
    """VAL-09: a valid image with a page or an archive behind it comes out as an image only."""
    assert square(upload + b"<script>alert(1)</script>PK\x03\x04") == square(upload)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_square_exif_that_cannot_be_read_is_taken_as_upright() -> None:
    broken = encoded(quarters(), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff\x01\x12")
    assert corners(square(broken)) == UPRIGHT


def test_square_leaves_the_settings_of_pillow_alone() -> None:
    before = (Image.MAX_IMAGE_PIXELS, list(warnings.filters))
    square(SMALL_JPEG)
    refusal(png_bomb(12_000, 12_000))
    assert (Image.MAX_IMAGE_PIXELS, list(warnings.filters)) == before


@given(st.binary(max_size=2000))
def test_square_random_bytes_are_refused(upload: bytes) -> None:
    assert refusal(upload) in {"not_an_image", "damaged", "too_many_pixels"}


@settings(max_examples=300)
@given(
    st.sampled_from([SMALL_JPEG, SMALL_PNG, SMALL_WEBP]),
    st.lists(st.tuples(st.integers(0, 3000), st.binary(max_size=6)), max_size=4),
    st.integers(0, 3000),
)
def test_square_damaged_images_raise_nothing_unexpected(
    upload: bytes,
    wounds: list[tuple[int, bytes]],
    end: int,
) -> None:
    for position, content in wounds:
        upload = upload[:position] + content + upload[position + len(content) :]
    outcome: tuple[int, int] | str
    try:
        outcome = Image.open(BytesIO(square(upload[:end], size=16))).size
    except PictureRefusedError as refused:
        outcome = refused.reason
    assert outcome in {(16, 16), "not_an_image", "damaged", "too_many_pixels"}


def test_picture_of_endless_scans_is_refused_before_any_is_decoded() -> None:
    """VAL-09: each scan of a progressive JPEG costs a pass over all pixels, however small."""
    upload = BytesIO()
    Image.new("RGB", (64, 64), "red").save(upload, "JPEG", progressive=True)
    content = upload.getvalue()
    scan = content[content.index(b"\xff\xda") : content.rindex(b"\xff\xd9")]
    with pytest.raises(PictureRefusedError) as refused:
        square(content.removesuffix(b"\xff\xd9") + scan * 30 + b"\xff\xd9")
    assert refused.value.reason == "damaged"
    assert square(content)
