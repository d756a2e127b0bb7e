"""Views: each reads its page's model in `reads`, and answers with `pages.render_page`."""
