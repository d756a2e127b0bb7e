"""What the pages show, one module a page: queries in, frozen values out."""
