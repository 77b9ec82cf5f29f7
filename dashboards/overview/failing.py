# SPDX-License-Identifier: Apache-2.0
"""Where failed messages are: waiting for a retry, in the dead letter, or held up."""

from overview.model import RETRY_TOPICS, Panel, Row, increase, of, quantiles, rate, sum_by

HELD_UP = 'reason=~"retry|max_ahead|dead_letter|handler|limiter"'

FAILING = Row(
    "Failing messages",
    [
        Panel(
            "Retries by delay",
            "Failed messages that get another attempt, by its delay. The longest delay only: "
            "messages fail again and again.",
            "mps",
            {"{{delay}}": sum_by("delay", rate(of("tidegate_retries_total")))},
            width=6,
            stacked=True,
        ),
        Panel(
            "Waiting for a retry",
            "In retry topics: not yet attempted again. Held: in memory and not due yet; of a retry "
            "topic because they are due within a second, in place for their whole delay.",
            "short",
            {
                "{{pipeline}} in topics": sum_by(
                    "pipeline", of("tidegate_consumer_lag_messages", RETRY_TOPICS)
                ),
                "{{pipeline}} held": sum_by(
                    "pipeline", of("tidegate_queue_messages", 'queue="retry"')
                ),
            },
            width=6,
        ),
        Panel(
            "Overdue retries",
            "How long ago the oldest retry was due that is not finished; 0 when none is late. It "
            "grows when retries come faster than the handlers can do.",
            "s",
            {
                "{{pipeline}} {{topic}}": (
                    "max by (pipeline, topic) "
                    f"({of('tidegate_consumer_lag_seconds', RETRY_TOPICS)})"
                )
            },
            width=6,
        ),
        Panel(
            "How late attempts begin",
            "From the time at which a message that had failed was due again to its next attempt, over "
            "the chosen pipelines. Some milliseconds; more where the handlers are busy.",
            "s",
            quantiles("tidegate_retry_lateness_seconds"),
            width=6,
        ),
        Panel(
            "From first failure to the end",
            "How long messages that were attempted again took until they were handled, a dead letter "
            "or dropped: mostly the delays that are configured.",
            "s",
            quantiles("tidegate_failure_duration_seconds"),
            width=6,
        ),
        Panel(
            "Out of retries",
            "Messages whose last attempt failed, by the topic in which it was read. They went to "
            "the dead letter or, where that is off, were dropped.",
            "mps",
            {
                "{{pipeline}} {{topic}}": sum_by(
                    "pipeline, topic", rate(of("tidegate_retries_exhausted_total"))
                )
            },
            width=6,
        ),
        Panel(
            "Dead letters by kind",
            "Messages written to the dead letter, by what the last attempt did. rejected: the "
            "brokers refused the copy for the retry topic.",
            "none",
            {
                "{{pipeline}} {{kind}}": sum_by(
                    "pipeline, kind", increase(of("tidegate_dead_letters_total"))
                )
            },
            width=6,
            stacked=True,
        ),
        Panel(
            "Dead letters refused by the brokers",
            "Each is tried again every second while its partition waits, or stops the pipeline "
            "(dead_letter.on_failure). The log's event copy_refused says why.",
            "none",
            {
                "{{pipeline}}": sum_by(
                    "pipeline", increase(of("tidegate_dead_letter_publish_failures_total"))
                )
            },
            width=6,
        ),
        Panel(
            "Partitions held up by failing messages",
            "retry: nothing in it is due yet, as it should be. max_ahead: enough was read past a "
            "message that fails (in place). dead_letter: a copy cannot be written. handler: the "
            "handler asked to wait. limiter: too many dead letters.",
            "none",
            {
                "{{pipeline}} {{reason}}": sum_by(
                    "pipeline, reason", of("tidegate_paused_partitions", HELD_UP)
                )
            },
            width=6,
            stacked=True,
        ),
        Panel(
            "Paused pipelines",
            "On how many hosts, by the limiter (too many messages became dead letters) or by an "
            "operator. Nothing is handled there until somebody runs tidegate resume.",
            "none",
            {"{{pipeline}}": sum_by("pipeline", of("tidegate_pipeline_state", 'state="paused"'))},
            width=6,
        ),
    ],
)
