# SPDX-License-Identifier: GPL-2.0
# Sphinx: `make docs`. Needs nothing but Debian's python3-sphinx.
import pathlib

project = "pmt"
release = (pathlib.Path(__file__).parents[1] / "VERSION").read_text().strip()
html_theme = "alabaster"
html_theme_options = {
    "description": "6to4 Provider Managed Tunnel relay",
    "fixed_sidebar": True,
    "page_width": "65rem",
}
html_copy_source = False
html_show_copyright = False
