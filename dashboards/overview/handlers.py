# SPDX-License-Identifier: Apache-2.0
"""How long handlers take, and what waits for them."""

from overview.model import Panel, Row, increase, of, quantiles, ratio, seconds_since, sum_by

LATENCY = Row(
    "Latency",
    [
        Panel(
            "Handler duration",
            "Wall time of one handler call, over the chosen pipelines.",
            "s",
            quantiles("tidegate_handler_duration_seconds"),
        ),
        Panel(
            "Handler duration, distribution",
            "How many calls took how long.",
            "s",
            {"{{le}}": sum_by("le", increase(of("tidegate_handler_duration_seconds_bucket")))},
            "heatmap",
        ),
        Panel(
            "Message age when finished",
            "From the message's timestamp to its end: what a user of the result waits for.",
            "s",
            quantiles("tidegate_message_age_seconds"),
        ),
    ],
)

SATURATION = Row(
    "Saturation",
    [
        Panel(
            "Handler slots in use",
            "Running handler calls as a share of concurrency. Near 100% and lag grows: "
            "raise concurrency or make the handler faster.",
            "percentunit",
            {
                "{{pipeline}}": ratio(
                    "pipeline",
                    of("tidegate_handlers_in_flight"),
                    of("tidegate_handler_concurrency_limit"),
                )
            },
            width=6,
        ),
        Panel(
            "Messages in flight",
            "Polled and not yet finished; bounded by max_in_flight_messages.",
            "short",
            {"{{pipeline}}": sum_by("pipeline", of("tidegate_messages_in_flight"))},
            width=6,
        ),
        Panel(
            "Waiting messages by queue",
            "ready waits for a slot; blocked_by_key waits behind a running or failed message of its lane."
            " Mostly blocked_by_key: more concurrency does not help, more partitions or keys do. retry"
            " is not due yet.",
            "short",
            {"{{queue}}": sum_by("queue", of("tidegate_queue_messages"))},
            width=6,
            stacked=True,
        ),
        Panel(
            "Memory held by messages",
            "Bounded by max_in_flight_bytes.",
            "bytes",
            {"{{pipeline}}": sum_by("pipeline", of("tidegate_queue_bytes"))},
            width=6,
        ),
        Panel(
            "Oldest running handler call",
            "How long it has been running. /api/v1/status of the host names its "
            "topic, partition and offset.",
            "s",
            {
                "{{pipeline}}": seconds_since(
                    of("tidegate_oldest_in_flight_start_timestamp_seconds")
                )
            },
            width=6,
        ),
        Panel(
            "Overdue handler calls",
            "Calls that ran past handler_soft_timeout (soft) and past handler_timeout (hard). The log"
            " names their messages.",
            "none",
            {"{{limit}}": sum_by("limit", increase(of("tidegate_handler_overdue_total")))},
            width=6,
        ),
        Panel(
            "Paused partitions by reason",
            "backpressure: the in-flight bound is reached. start_position: where to begin is not known "
            "yet. operator: somebody paused the pipeline. The others: see Failing messages.",
            "none",
            {"{{reason}}": sum_by("reason", of("tidegate_paused_partitions"))},
            width=6,
        ),
        Panel(
            "Finished, not committed",
            "Finished behind a message that is not, so that the position cannot pass them yet."
            " Commits tell them in their resume map. Those without room there would come again if"
            " the host died now.",
            "short",
            {
                "{{pipeline}}": sum_by("pipeline", of("tidegate_uncommitted_messages")),
                "{{pipeline}}, no room in the resume map": sum_by(
                    "pipeline", of("tidegate_resume_map_possible_repeats")
                ),
            },
            width=6,
        ),
    ],
)
