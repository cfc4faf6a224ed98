"""How gunicorn runs the three HTTP services; ports, processes and threads are in the Procfile."""

worker_class = "gthread"
control_socket_disable = True  # several instances on one machine would share one socket
graceful_timeout = 4  # honcho kills 5 s after it asked to stop
keepalive = 30  # seconds; a client that comes back a little later finds its connection open
limit_request_line = 8190  # an id of 512 bytes, percent-encoded three to one, and room
limit_request_fields = 64
limit_request_field_size = 8190
