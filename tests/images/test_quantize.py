"""Images in the colours of a palette."""

from __future__ import annotations

import random
import unittest

import numpy as np

from dcc.core.palette import AF06, Colour, Palette
from dcc.core.perception import LAB_STEPS
from dcc.images.quantize import dithered, nearest, oklab

WHITE, BLACK, RED, _GREEN, _YELLOW, _BLUE, CYAN, _MAGENTA = range(8)

GREYS = Palette(tuple(Colour(f"grey {level}", f"#{level:02x}{level:02x}{level:02x}") for level in (0, 100, 255)))


def solid(width: int, height: int, *rgb: int) -> np.ndarray:
    """An image of one colour."""
    return np.full((height, width, 3), rgb, np.uint8)


def opaque(image: np.ndarray) -> np.ndarray:
    """A mask with every pixel of an image."""
    return np.ones(image.shape[:2], bool)


class SeededTests(unittest.TestCase):
    """Random images, from a seed that a failure shows."""

    def setUp(self) -> None:
        """Choose the seed."""
        self.seed = random.randrange(2**32)
        self.numbers = np.random.default_rng(self.seed)

    def image(self, width: int, height: int) -> np.ndarray:
        """Noise."""
        return self.numbers.integers(0, 256, (height, width, 3), np.uint8)

    def palette(self, count: int) -> Palette:
        """Any colours."""
        return Palette(tuple(Colour(str(i), f"#{self.numbers.integers(2**24):06x}") for i in range(count)))


class NearestTests(SeededTests):
    """One colour for every pixel."""

    def test_oklab_has_the_values_that_ottosson_gives(self) -> None:
        lab = oklab(np.array([(255, 255, 255), (255, 0, 0), (0, 0, 255)], np.uint8)) / LAB_STEPS
        expected = [(1, 0, 0), (0.62796, 0.22486, 0.12585), (0.45201, -0.03246, -0.31153)]
        np.testing.assert_allclose(lab, expected, atol=1e-4)

    def test_a_colour_of_the_palette_is_the_first_of_its_equals(self) -> None:
        for palette in (AF06, self.palette(256)):
            rgb = np.array([colour.rgb for colour in palette], np.uint8)
            values = [colour.value for colour in palette]
            self.assertEqual(nearest(rgb, palette).tolist(), [values.index(value) for value in values], self.seed)

    def test_each_pixel_becomes_the_colour_at_the_least_distance(self) -> None:
        image, palette = self.image(131, 127), self.palette(256)
        lab = oklab(image) / LAB_STEPS[0]
        shades = oklab(np.array([colour.rgb for colour in palette], np.uint8)) / LAB_STEPS[0]
        distances = np.linalg.norm(lab[:, :, None] - shades, axis=-1)
        chosen = np.take_along_axis(distances, nearest(image, palette)[..., None].astype(int), -1)[..., 0]
        np.testing.assert_allclose(chosen, distances.min(axis=-1), atol=1e-12, err_msg=str(self.seed))

    def test_an_image_has_the_colours_that_each_pixel_alone_would_have(self) -> None:
        image = self.image(64, 64)
        for palette in (AF06, GREYS, self.palette(256)):
            alone = [palette.nearest((int(red), int(green), int(blue))) for red, green, blue in image.reshape(-1, 3)]
            self.assertEqual(nearest(image, palette).ravel().tolist(), alone, self.seed)

    def test_grey_is_no_red_and_a_light_blue_no_white(self) -> None:
        for rgb, expected in (
            ((150, 150, 150), WHITE),
            ((60, 60, 60), BLACK),
            ((190, 40, 40), RED),
            ((90, 200, 230), CYAN),
        ):
            self.assertEqual(nearest(solid(1, 1, *rgb), AF06).item(), expected, rgb)


class DitherTests(SeededTests):
    """Mixtures."""

    def test_dithering_is_the_same_as_pixel_by_pixel_for_every_narrow_shape_too(self) -> None:
        for width, height in ((1, 1), (1, 9), (9, 1), (2, 7), (7, 2), (3, 3), (23, 17), (17, 23)):
            image, palette = self.image(width, height), self.palette(5)
            seen = self.numbers.random((height, width)) < 0.8
            shades = np.array([colour.rgb for colour in palette], float)
            wanted, expected = image.astype(float), np.zeros((height, width), int)
            for row in range(height):
                for column in range(width):
                    colour = wanted[row, column].clip(0, 255)
                    expected[row, column] = choice = ((shades - colour) ** 2).sum(axis=1).argmin()
                    error = (colour - shades[choice]) * seen[row, column]
                    for right, down, share in ((1, 0, 7), (-1, 1, 3), (0, 1, 5), (1, 1, 1)):
                        if 0 <= column + right < width and row + down < height:
                            wanted[row + down, column + right] += error * share / 16
            actual = dithered(image, seen, palette)
            self.assertTrue((actual == expected).all(), (self.seed, width, height))

    def test_a_mixture_has_the_colour_of_the_image_from_afar(self) -> None:
        image = solid(64, 64, 90, 160, 200)
        mixed = np.array([colour.rgb for colour in AF06])[dithered(image, opaque(image), AF06)]
        np.testing.assert_allclose(mixed.mean(axis=(0, 1)), (90, 160, 200), atol=4)

    def test_colours_of_the_palette_are_not_mixed(self) -> None:
        image = self.numbers.choice(np.array([colour.rgb for colour in AF06], np.uint8), (20, 30))
        self.assertTrue((dithered(image, opaque(image), AF06) == nearest(image, AF06)).all(), self.seed)

    def test_colours_behind_transparent_pixels_do_not_show_beside_them(self) -> None:
        image = solid(40, 40, 100, 100, 100)
        seen = opaque(image)
        image[:, :20], seen[:, :20] = (180, 180, 180), False
        self.assertTrue((dithered(image, seen, GREYS)[:, 20:] == 1).all())
