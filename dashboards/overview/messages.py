# SPDX-License-Identifier: Apache-2.0
"""How far behind, how fast, and what goes wrong."""

from overview.model import OTHER_TOPICS, Panel, Row, of, rate, ratio, sum_by

LAG = Row(
    "Lag",
    [
        Panel(
            "Lag in seconds",
            "Age of the oldest unfinished message, the worst over all hosts; 0 when caught up. Of a "
            "retry topic: by how much it is overdue. Judge by this one: it means the same on every "
            "topic.",
            "s",
            {
                "{{pipeline}} {{topic}}": (
                    f"max by (pipeline, topic) ({of('tidegate_consumer_lag_seconds')})"
                )
            },
        ),
        Panel(
            "Lag in messages",
            "End of the log minus committed position. An upper bound on compacted topics. Of a retry "
            "topic: messages that wait, too.",
            "short",
            {
                "{{pipeline}} {{topic}}": sum_by(
                    "pipeline, topic", of("tidegate_consumer_lag_messages")
                )
            },
        ),
        Panel(
            "Time to catch up",
            "Lag divided by the rate of finished messages, as if nothing new came. Empty "
            "while nothing is finished; without retry topics, where messages wait on purpose.",
            "s",
            {
                "{{pipeline}}": ratio(
                    "pipeline",
                    of("tidegate_consumer_lag_messages", OTHER_TOPICS),
                    rate(of("tidegate_messages_finished_total", OTHER_TOPICS)),
                )
            },
        ),
    ],
)

THROUGHPUT = Row(
    "Throughput",
    [
        Panel(
            "Consumed messages",
            "Messages received from Kafka.",
            "mps",
            {"{{pipeline}}": sum_by("pipeline", rate(of("tidegate_messages_consumed_total")))},
            width=6,
        ),
        Panel(
            "Consumed bytes",
            "Bytes of keys and values received from Kafka.",
            "Bps",
            {"{{pipeline}}": sum_by("pipeline", rate(of("tidegate_consumed_bytes_total")))},
            width=6,
        ),
        Panel(
            "Finished messages by outcome",
            "How messages ended, each counted once.",
            "mps",
            {"{{outcome}}": sum_by("outcome", rate(of("tidegate_messages_finished_total")))},
            width=6,
            stacked=True,
        ),
        Panel(
            "Emitted messages",
            "Messages that handlers sent to other topics and the brokers acknowledged.",
            "mps",
            {"{{pipeline}}": sum_by("pipeline", rate(of("tidegate_messages_emitted_total")))},
            width=6,
        ),
        Panel(
            "Given back",
            "Messages that left memory unfinished, because their partition was revoked or they "
            "were released. Their next owner or a later fetch brings them again.",
            "mps",
            {"{{reason}}": sum_by("reason", rate(of("tidegate_messages_given_back_total")))},
            width=6,
        ),
    ],
)

FAILURES = Row(
    "Failures",
    [
        Panel(
            "Share of failed attempts",
            "Of all attempts, those that did not succeed.",
            "percentunit",
            {
                "{{pipeline}}": ratio(
                    "pipeline",
                    rate(of("tidegate_handler_calls_total", 'kind!="none"')),
                    rate(of("tidegate_handler_calls_total")),
                )
            },
            width=6,
        ),
        Panel(
            "Failed attempts by kind",
            "What the handler did: returned false, gave a status, threw, timed out or crashed.",
            "mps",
            {"{{kind}}": sum_by("kind", rate(of("tidegate_handler_calls_total", 'kind!="none"')))},
            width=6,
        ),
        Panel(
            "Dropped messages",
            "Messages that ended without success and without a copy: the handler answered drop, or no "
            "retry was left and dead_letter.enabled is false.",
            "mps",
            {
                "{{pipeline}} {{topic}}": sum_by(
                    "pipeline, topic",
                    rate(of("tidegate_messages_finished_total", 'outcome="drop"')),
                )
            },
            width=6,
        ),
        Panel(
            "Never handled",
            "Lost: committed and then not handled (at_most_once only). Skipped: removed by the "
            "topic's retention before they were consumed.",
            "mps",
            {
                "{{pipeline}} lost": sum_by(
                    "pipeline", rate(of("tidegate_messages_finished_total", 'outcome="lost"'))
                ),
                "{{pipeline}} skipped": sum_by("pipeline", rate(of("tidegate_offsets_lost_total"))),
            },
            width=6,
        ),
    ],
)

PARTITIONS = Row(
    "Partitions (only with metrics.partition_labels = true)",
    [
        Panel(
            "Partitions with the most lag",
            "One partition far above the others: a hot key or a stuck message.",
            "short",
            {
                "{{pipeline}} {{topic}} {{partition}}": (
                    f"topk(10, {of('tidegate_partition_lag_messages')})"
                )
            },
        ),
        Panel(
            "Messages written per partition",
            "How fast the end of the log moves.",
            "mps",
            {
                "{{topic}} {{partition}}": (
                    f"deriv({of('tidegate_partition_end_offset')}[$__rate_interval])"
                )
            },
        ),
        Panel(
            "Messages committed per partition",
            "How fast the committed position moves.",
            "mps",
            {
                "{{topic}} {{partition}}": (
                    f"deriv({of('tidegate_partition_committed_offset')}[$__rate_interval])"
                )
            },
        ),
    ],
)
