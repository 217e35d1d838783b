"""A page as a tree, read without a browser: strictly, so that an element that is not closed is an error."""

from html.parser import HTMLParser

__all__ = ["Element", "Tree"]

EMPTY_ELEMENTS = {"meta", "input"}
WITHIN_A_LINE = {"span", "b", "code", "strong", "time", "kbd", "svg", "use"}


class Element:
    def __init__(self, tag, attributes, parent):
        self.tag, self.attributes, self.parent, self.content = tag, dict(attributes), parent, []

    def __getitem__(self, name):
        return self.attributes[name]

    def get(self, name):
        return self.attributes.get(name)

    @property
    def text(self):
        return " ".join(self._spaced().split())

    def _spaced(self):
        within = "".join(part if isinstance(part, str) else part._spaced() for part in self.content)
        return within if self.tag in WITHIN_A_LINE else f" {within} "

    @property
    def raw(self):
        return "".join(part if isinstance(part, str) else part.raw for part in self.content)

    def all(self, tag=None, **attributes):
        """Return what is below, in the order of the page; True asks for an attribute, whatever it says."""
        wanted = {name.strip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [
            below
            for below in self.below()
            if tag in {None, below.tag}
            and all(
                name in below.attributes if value is True else value in (below.get(name) or "").split(" ")
                for name, value in wanted.items()
            )
        ]

    def one(self, tag=None, **attributes):
        (only,) = self.all(tag, **attributes)
        return only

    def below(self):
        for part in self.content:
            if isinstance(part, Element):
                yield part
                yield from part.below()

    def above(self):
        above = self.parent
        while above:
            yield above
            above = above.parent


class Tree(HTMLParser):
    """Reads as browsers do, for pages that close what they open: a page that does not is an error."""

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.root = self.inner = Element("", {}, None)
        self.feed(page)
        self.close()
        assert self.inner is self.root, f"{self.inner.tag} is not closed"

    def handle_starttag(self, tag, attributes):
        element = Element(tag, attributes, self.inner)
        assert len(attributes) == len(element.attributes)
        self.inner.content.append(element)
        if tag not in EMPTY_ELEMENTS:
            self.inner = element

    def handle_startendtag(self, tag, attributes):
        self.inner.content.append(Element(tag, attributes, self.inner))

    def handle_endtag(self, tag):
        assert tag == self.inner.tag
        self.inner = self.inner.parent

    def handle_data(self, data):
        self.inner.content.append(data)
