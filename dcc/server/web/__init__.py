"""The web port: the page, WebSocket, a picture of the board, and the numbers an operator needs.

Needs the extra ``web``, but for what the options are read with: ``forwarded``, ``hosts``, ``origins`` and ``settings``.
"""
