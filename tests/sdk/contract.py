# SPDX-License-Identifier: Apache-2.0
"""The contract as data, read from the text of a plugin.h: what a program that prints its layout has to ask, and the
same header one minor later, with a field more in every struct that may grow."""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from conftest import ROOT, run

HEADER = ROOT / "plugin-sdk" / "include" / "tidegate" / "plugin.h"
FROZEN = ROOT / "plugin-sdk" / "abi"
# The field that the simulated next minor has more; tests/sdk/abi/{plugin,host}.c know it.
GROWN_FIELD = "uint64_t grown;"
# Its value is the author's of a plugin, not the contract's.
NOT_CONTRACT = {"TIDEGATE_NEEDS_MINOR"}


class Field(NamedTuple):
    name: str
    declaration: str


class Contract(NamedTuple):
    structs: dict[str, list[Field]]
    scalars: dict[str, str]  # typedefs of integers
    numbers: list[str]       # macros
    texts: list[str]         # macros
    exports: list[str]       # declarations

    def growable(self) -> list[str]:
        return [name for name, fields in self.structs.items() if fields[0].name == "struct_size"]


def without_comments(text: str) -> str:
    return re.sub(r"/\*.*?\*/", "", text, flags=re.S)


def read_field(declaration: str) -> Field:
    declaration = " ".join(declaration.split())
    pointer_to_function = re.search(r"\(\*(\w+)\)", declaration)
    return Field(pointer_to_function[1] if pointer_to_function else re.search(r"(\w+)$", declaration)[1], declaration)


def read_contract(header: str) -> Contract:
    text = without_comments(header)
    structs = {name: [read_field(part) for part in body.split(";") if part.strip()]
               for name, body in re.findall(r"^(?:typedef )?struct (\w+) \{(.*?)^\}", text, re.M | re.S)}
    macros = dict(re.findall(r"^#define (TIDEGATE_\w+) +([(\"\d].*)$", text, re.M))
    return Contract(
        structs=structs,
        scalars={name: type_ for type_, name in re.findall(r"^typedef (\w+) (\w+);", text, re.M)},
        numbers=[name for name, value in macros.items() if value[0] != '"' and name not in NOT_CONTRACT],
        texts=[name for name, value in macros.items() if value[0] == '"' and not name.endswith("_")],
        exports=re.findall(r"^extern TIDEGATE_EXPORT (.*);$", text, re.M))


def layout_program(contract: Contract) -> str:
    """C11 and C++17. Prints one line for each fact that a binary relies on."""
    lines = []
    for name, fields in contract.structs.items():
        lines.append(f'printf("struct {name} size %zu\\n", sizeof({name}));')
        lines += [f'printf("  {name}.{field.name} at %zu size %zu: {field.declaration}\\n", offsetof({name}, '
                  f'{field.name}), sizeof((({name}*)0)->{field.name}));' for field in fields]
    lines += [f'printf("type {name} size %zu: {type_}\\n", sizeof({name}));' for name, type_ in contract.scalars.items()]
    lines += [f'printf("number {name} %ld\\n", (long)({name}));' for name in contract.numbers]
    lines += [f'printf("text {name} %s\\n", {name});' for name in contract.texts]
    lines += [f'printf("export {declaration}\\n");' for declaration in contract.exports]
    lines.append('printf("note owner %s type %u text ", tidegate_identity_note.owner, tidegate_identity_note.type);')
    body = "\n  ".join(lines)
    return f"""#include <stdio.h>
#include <string.h>
#include <tidegate/plugin.h>
TIDEGATE_IDENTITY("NAME", "VERSION");
int main(void) {{
  const char* at = tidegate_identity_note.text;
  {body}
  for (; strncmp(at, "compiler=", 9) != 0; ++at) putchar(*at == '\\n' ? ' ' : *at);
  printf("compiler=...\\n");
  return tidegate_identity_note.owner_size == 9 && tidegate_identity_note.text_size == sizeof tidegate_identity_note.text ? 0 : 1;
}}
"""


def layout(include: Path, folder: Path, *command: str) -> str:
    """What a compiler makes of <include>/tidegate/plugin.h."""
    header = (include / "tidegate" / "plugin.h").read_text()
    source, program = folder / "layout.c", folder / "layout"
    source.write_text(layout_program(read_contract(header)))
    run(*(command or ("gcc", "-std=c11")), "-I", include, source, "-o", program)
    return run(program).stdout


def grow(header: str) -> str:
    """The same contract one minor later: a field more at the end of every struct that may grow."""
    for name in read_contract(header).growable():
        header, count = re.subn(rf"(^(?:typedef )?struct {name} \{{.*?)(^\}})", rf"\1  {GROWN_FIELD}\n\2", header,
                                count=1, flags=re.M | re.S)
        assert count == 1, name
    minor = int(re.search(r"^#define TIDEGATE_ABI_MINOR (\d+)", header, re.M)[1])
    return re.sub(r"^(#define TIDEGATE_ABI_MINOR) \d+", rf"\1 {minor + 1}\n#define TIDEGATE_GROWN 1", header, flags=re.M)


def write_header(folder: Path, text: str) -> Path:
    """A folder for -I in which that text is <tidegate/plugin.h>."""
    (folder / "tidegate").mkdir(parents=True)
    (folder / "tidegate" / "plugin.h").write_text(text)
    return folder


if __name__ == "__main__":  # prints the golden file of a folder that holds tidegate/plugin.h
    with tempfile.TemporaryDirectory() as scratch:
        print(layout(Path(sys.argv[1]), Path(scratch)), end="")
