"""Whom to tell, and the outbox: `channels`; `outbox` (enqueue, in the detector's transaction); `deliver`, the
loop that empties it by way of `claims` (a row's life) and `render` (rows → messages); `smtp`, the mail server.
"""
