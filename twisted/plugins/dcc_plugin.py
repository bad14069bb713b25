"""Makes ``twistd dcc`` known to Twisted. (There must be no ``__init__.py`` in this folder or the one above.)"""

from twisted.application.service import ServiceMaker

dcc = ServiceMaker("DrawColorCanvas", "dcc.tap", "A shared pixel canvas that everybody connected paints on.", "dcc")
