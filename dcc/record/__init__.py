"""Records: each keeps every placement of one canvas, in one order (:class:`dcc.board.Record`)."""
