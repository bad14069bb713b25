"""The web port: the page, WebSocket, a picture of the board, and the numbers an operator needs.

Needs the extra ``web``; nothing else of the program imports this but to open that port.
"""
