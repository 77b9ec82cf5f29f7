# SPDX-License-Identifier: Apache-2.0
"""What an account may do, in the words of `kafka-acls.sh`: the commands of docs/security.md and
those that the host prints are read here, so that tests grant exactly what they say."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterable
from typing import NamedTuple

from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    KafkaAdminClient,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from kafka_process import ROOT, jars, java

COMMAND = re.compile(r"kafka-acls\.sh (?:\\\n|[^\n`;])+")
KINDS = {"--topic": "TOPIC", "--group": "GROUP", "--transactional-id": "TRANSACTIONAL_ID"}
ANYWHERE = "*"
DOCUMENT = ROOT / "docs" / "security.md"
# In this order: the last one is how the others begin.
DOCUMENTED_NAMES = {
    r"\borders\.v1\b": "topic",
    r"\borders\.priced\b": "output",
    r"\borders(?!-app)\b": "group",
}
TOOL, TOOL_SECONDS = "org.apache.kafka.tools.AclCommand", 60


class Right(NamedTuple):
    """One operation on one resource, or on all whose names begin so."""

    operation: str  # as the tool spells it: "Read"
    kind: str  # of ResourceType
    name: str
    prefixed: bool = False


def commands_in(text: str) -> list[str]:
    """Every `kafka-acls.sh` command; those of several lines are joined."""
    return [command.replace("\\\n", " ").strip() for command in COMMAND.findall(text)]


def rights_of(command: str) -> set[Right]:
    """What a command grants; anything in it that is not understood fails the test."""
    program, *words = shlex.split(command)
    assert program == "kafka-acls.sh", command
    operations, resources, prefixed = [], [], False
    while words:
        option = words.pop(0)
        if option == "--add":
            continue
        value = words.pop(0)
        if option == "--operation":
            operations.append(value)
        elif option in KINDS:
            resources.append((KINDS[option], value))
        elif option == "--resource-pattern-type":
            assert value in ("prefixed", "literal"), command
            prefixed = value == "prefixed"
        else:
            assert option in ("--bootstrap-server", "--allow-principal"), command
    assert operations and resources, command
    return {Right(o, kind, name, prefixed) for o in operations for kind, name in resources}


def run_tool(command: str, **replaced: str) -> None:
    """Runs a command with Kafka's own tool. replaced: its placeholders, `<broker>` and so on."""
    for name, value in replaced.items():
        command = command.replace(f"<{name}>", value)
    arguments = shlex.split(command)[1:]
    tool = [java(), "-XX:TieredStopAtLevel=1", "-cp", f"{jars()}/*", TOOL]
    done = subprocess.run(
        [*tool, *arguments], capture_output=True, text=True, timeout=TOOL_SECONDS, check=False
    )
    assert done.returncode == 0 and "Error" not in done.stdout, (command, done.stdout, done.stderr)


class Account:
    """One account of a cluster. Belongs to one thread."""

    def __init__(self, bootstrap: str, name: str) -> None:
        """bootstrap: where a super user needs no name."""
        self._admin = KafkaAdminClient(bootstrap_servers=bootstrap)
        self._name, self._principal = name, f"User:{name}"

    def close(self) -> None:
        self._admin.close()

    def let_in(self, password: str) -> None:
        """From now on; until then nobody of this name is known."""
        how = ScramMechanism.SCRAM_SHA_512
        self._admin.alter_user_scram_credentials(
            [UserScramCredentialUpsertion(self._name, how, password)]
        )

    def grant(self, rights: Iterable[Right]) -> None:
        acls = [self._acl(right) for right in rights]
        assert not self._admin.create_acls(acls)["failed"]

    def revoke(self, rights: Iterable[Right]) -> None:
        self._admin.delete_acls(
            [
                ACLFilter(
                    self._principal,
                    ANYWHERE,
                    operation_of(right),
                    ACLPermissionType.ALLOW,
                    ResourcePatternFilter(ResourceType[right.kind], right.name, way_of(right)),
                )
                for right in rights
            ]
        )

    def rights(self, names: str) -> set[Right]:
        """Of resources whose names begin so."""
        anything = ResourcePatternFilter(ResourceType.ANY, None, ACLResourcePatternType.ANY)
        found, _ = self._admin.describe_acls(
            ACLFilter(self._principal, None, ACLOperation.ANY, ACLPermissionType.ANY, anything)
        )
        return {
            Right(
                "".join(word.capitalize() for word in acl.operation.name.split("_")),
                acl.resource_pattern.resource_type.name,
                acl.resource_pattern.resource_name,
                acl.resource_pattern.pattern_type == ACLResourcePatternType.PREFIXED,
            )
            for acl in found
            if acl.resource_pattern.resource_name.startswith(names)
        }

    def _acl(self, right: Right) -> ACL:
        pattern = ResourcePattern(ResourceType[right.kind], right.name, way_of(right))
        return ACL(self._principal, ANYWHERE, operation_of(right), ACLPermissionType.ALLOW, pattern)


def way_of(right: Right) -> ACLResourcePatternType:
    return ACLResourcePatternType.PREFIXED if right.prefixed else ACLResourcePatternType.LITERAL


def operation_of(right: Right) -> ACLOperation:
    """`DescribeConfigs` is DESCRIBE_CONFIGS."""
    return ACLOperation[re.sub(r"(?<=[a-z])(?=[A-Z])", "_", right.operation).upper()]


def documented(section: str, **names: str) -> list[str]:
    """The commands under a heading of docs/security.md; names: what stands there for its `group`,
    `topic` and `output`."""
    text = DOCUMENT.read_text()
    (found,) = re.findall(rf"^### {section}$(.+?)(?=^##|\Z)", text, re.MULTILINE | re.DOTALL)
    for word, name in DOCUMENTED_NAMES.items():
        if name in names:
            found = re.sub(word, names[name], found)
    return commands_in(found)


def documented_rights(*sections: str, **names: str) -> set[Right]:
    return {
        right
        for section in sections
        for command in documented(section, **names)
        for right in rights_of(command)
    }
