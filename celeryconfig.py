"""Celery's settings, each with the accident that it prevents. URLs come from recs/settings.py."""

from kombu.transport import TRANSPORT_ALIASES

from recs.settings import Settings
from workers.queues import queue

settings = Settings.from_env()

broker_url = settings.broker_url
TRANSPORT_ALIASES["amqp"] = "workers.transport:Transport"  # it reads many messages at once
broker_use_ssl = settings.broker_tls or settings.broker_url.startswith("amqps://")
broker_connection_retry_on_startup = True  # workers may start before the broker
broker_connection_max_retries = None  # and outlive any pause of it
# A connection may stay open and pass nothing. It is given up after two missed heartbeats: by
# default after two minutes. Without a timeout, the attempt to close it then waits for ever.
broker_heartbeat = 10

# What is no task of ours, or could run code when it is unpickled, is set aside on disk.
worker_consumer = "workers.dead_letters:CarefulConsumer"
task_ignore_result = True  # nobody reads results: tasks write to the stores

# A task is acknowledged when it is done, so a worker that is killed loses nothing. Training
# alone acknowledges early: RabbitMQ closes a channel that holds a message for 30 minutes.
task_acks_late = True
task_reject_on_worker_lost = True
# Three batches ahead. With less, batches are handed over only by the clock: 40 interactions a
# second, not thousands. This is for ingest; the other workers take one message at a time (see
# Procfile), so that tasks that no worker has begun expire in the queue.
worker_prefetch_multiplier = 3 * settings.batch_size

# Sent and received queues must be declared alike, or RabbitMQ refuses with 406.
task_create_missing_queues = False
TASKS = {
    "interactions": ["ingest"],
    "ranking": ["rank"],
    "statistics": ["statistics"],
    "training": ["train"],
    "maintenance": ["reconcile", "purge", "sample"],
}
"""Queue -> tasks. Each queue has a worker of its own: none waits for what another does."""
task_queues = [queue(settings, name) for name in TASKS]
task_default_queue = settings.queue("maintenance")
task_default_exchange = ""  # RabbitMQ's own; else Celery declares one that nothing is sent to
task_routes = {
    task: {"queue": settings.queue(name)} for name, tasks in TASKS.items() for task in tasks
}
# Workers do not ask for confirmations: a RabbitMQ that is short of memory takes no messages, and
# workers that waited for it could not empty its queues. The collector asks for its own.
IN_TRIAL_MODE = broker_url.startswith("redis")
broker_transport_options = (
    {
        "global_keyprefix": f"{settings.namespace}:broker:",  # one Redis for all
        "visibility_timeout": 600,
    }
    if IN_TRIAL_MODE
    else {"read_timeout": 3, "write_timeout": 3}
)

# Two instances on one RabbitMQ would see, and could stop, each other's workers.
event_exchange = f"{settings.namespace}.events"
event_queue_prefix = f"{settings.namespace}.events"
control_exchange = f"{settings.namespace}.control"

# No `imports`: each line of the Procfile includes the module of its worker's tasks, so that ingest
# does not load what ranks (64 MB instead of 120).

worker_send_task_events = True  # Flower watches
# They finish; twice does no harm. Celery 6 would cancel them.
worker_cancel_long_running_tasks_on_connection_loss = False
worker_redirect_stdouts = False

# Each message expires before the next is due: after a pause, work does not pile up. The broker
# counts the time: with `expires`, a worker whose clock is ahead would drop every task. In trial
# mode the broker cannot count it, but then all processes share one clock.
EXPIRY = "expires" if IN_TRIAL_MODE else "expiration"
beat_schedule = {
    name: {"task": name, "schedule": seconds, "options": {EXPIRY: seconds}}
    for name, seconds in {
        "rank": 1.0,
        "statistics": 2.0,
        "reconcile": 2.0,
        "sample": 5.0,
        "purge": 10.0,
        "train": settings.train_every_seconds,
    }.items()
}
beat_max_loop_interval = 1
beat_scheduler = "workers.beat:MonotonicScheduler"
