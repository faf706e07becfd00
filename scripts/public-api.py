#!/usr/bin/env python3
"""Renders rustdoc's JSON as one line for each public item, sorted by path.

    scripts/public-api.py target/doc/portcullis.json

An item that is exported twice stands under its shortest path; the others point to it.
Trait implementations are listed too, written or derived: that `Secret` is not `PartialEq`
is a promise like any other. Automatic and blanket ones of the standard library are not.
"""

import json
import sys

FORMAT = 57  # of Rust 1.95; the parts that are read here have been stable for years
PRELUDE = {"Option", "Result", "String", "Vec", "Box", "Send", "Sync", "Sized", "Clone", "Copy", "Default",
           "Fn", "FnMut", "FnOnce", "From", "Into", "AsRef", "Iterator", "IntoIterator", "PartialEq", "Eq",
           "PartialOrd", "Ord", "Drop", "Extend", "ToString", "ToOwned", "TryFrom", "TryInto"}


class Api:
    def __init__(self, document):
        self.index, self.paths = document["index"], document["paths"]
        self.homes = {}  # id -> shortest public path
        self.lines = []  # (sort key, line)
        root = str(document["root"])
        for visit in (self.remember, self.emit):
            self.walk(root, self.index[root]["name"], visit, ())
        self.implementations()

    # Finding the items

    def walk(self, id, path, visit, above):
        item = self.index.get(id)
        if item is None or id in above:  # hidden, or a module that exports itself
            return
        kind, inner = next(iter(item["inner"].items()))
        if kind == "use":
            target = str(inner["id"])
            if inner["is_glob"] or target not in self.index:
                self.line(path, f"use {path} = {inner['source']}{'::*' * inner['is_glob']}")
            else:
                self.walk(target, path, visit, (*above, id))
            return
        visit(id, path, kind, inner, item)
        for child in map(str, inner["items"] if kind == "module" else []):
            if named := self.index.get(child):
                name = named["inner"].get("use", named)["name"]
                self.walk(child, f"{path}::{name}", visit, (*above, id))

    def remember(self, id, path, kind, inner, item):
        held = self.homes.get(id, path)
        self.homes[id] = min(held, path, key=lambda path: (path.count("::"), path))

    # Writing the lines

    def line(self, path, text, item=None):
        marked = item and "non_exhaustive" in item["attrs"]
        self.lines.append((path, "#[non_exhaustive] " * bool(marked) + text))

    def emit(self, id, path, kind, inner, item):
        if self.homes[id] != path:
            return self.line(path, f"use {path} = {self.homes[id]}")
        if kind in ("function", "constant", "static", "type_alias"):
            return self.member(path.rpartition("::")[0], item)
        generics = self.generics(inner["generics"]) + self.where(inner["generics"]) if "generics" in inner else ""
        above = f": {self.bounds(inner['bounds'])}" if inner.get("bounds") else ""
        self.line(path, f"{kind} {path}{generics}{above}", item)
        if kind == "struct":
            self.fields(path, inner["kind"])
        for variant in inner.get("variants", []):
            self.variant(path, self.index[str(variant)])
        for member in inner["items"] if kind == "trait" else []:
            self.member(path, self.index.get(str(member)), in_trait=True)

    def fields(self, path, shape):
        if isinstance(shape, dict):  # else a unit
            shape = next(iter(shape.values()))
            for item in map(self.index.get, map(str, shape if isinstance(shape, list) else shape["fields"])):
                if item is not None:  # else private
                    own = f"{path}::{item['name']}"
                    self.line(own, f"field {own}: {self.type(item['inner']['struct_field'])}")

    def variant(self, path, item):
        own = f"{path}::{item['name']}"
        self.line(own, f"variant {own}", item)
        self.fields(own, item["inner"]["variant"]["kind"])

    def member(self, path, item, in_trait=False):
        if item is None:
            return
        own = f"{path}::{item['name']}"
        kind, inner = next(iter(item["inner"].items()))
        if kind == "function":
            header, signature = inner["header"], inner["sig"]
            words = [word for word in ("const", "async", "unsafe") if header[f"is_{word}"]]
            inputs = ", ".join(self.input(name, type) for name, type in signature["inputs"])
            output, generics = self.output(signature["output"]), self.generics(inner["generics"])
            after = self.where(inner["generics"]) + (" { .. }" if in_trait and inner["has_body"] else "")
            self.line(own, f"{' '.join([*words, 'fn'])} {own}{generics}({inputs}){output}{after}")
        elif kind in ("assoc_const", "constant", "static"):
            self.line(own, f"{'static' if kind == 'static' else 'const'} {own}: {self.type(inner['type'])}")
        else:
            bounds = self.bounds(inner.get("bounds", []))
            value = f" = {self.type(inner['type'])}" if inner.get("type") else ""
            self.line(own, f"type {own}{self.generics(inner['generics'])}{': ' * bool(bounds)}{bounds}{value}")

    def implementations(self):
        for item in self.index.values():
            inner = item["inner"].get("impl")
            if not inner or item["crate_id"] != 0 or inner["is_synthetic"] or inner["blanket_impl"]:
                continue
            target, trait = inner["for"], inner["trait"]
            id = str(target.get("resolved_path", {}).get("id", ""))
            local = self.paths.get(id, {}).get("crate_id") == 0 or id in self.index
            if (local and id not in self.homes) or (trait and trait["path"].endswith("StructuralPartialEq")):
                continue
            name, generics, where = self.type(target), self.generics(inner["generics"]), self.where(inner["generics"])
            key = self.homes.get(id) or self.homes.get(str((trait or {}).get("id"))) or name
            if trait or ":" in generics or where:
                words = f"{self.path(trait)} for {name}" if trait else name
                self.line(key, f"impl{generics} {words}{where}")
            for member in inner["items"] if not trait else []:
                self.member(self.homes[id], self.index.get(str(member)))

    # Types

    def input(self, name, type):
        text = self.type(type)
        if name == "self" and text.endswith("Self"):
            return text[:-4] + "self"
        return f"{name}: {text}"

    def path(self, path):
        id, args = str(path["id"]), path.get("args") or {}
        known = self.paths.get(id)
        name = self.homes.get(id) or path["path"]
        if id not in self.homes and known and known["crate_id"] != 0:
            full = known["path"]
            std = full[0] in ("std", "core", "alloc")
            full = full[-1:] if std and full[-1] in PRELUDE else full if std else (full[0], full[-1])
            name = "::".join(full)
        if "parenthesized" in args:
            inputs = ", ".join(map(self.type, args["parenthesized"]["inputs"]))
            return f"{name}({inputs}){self.output(args['parenthesized']['output'])}"
        held = args.get("angle_bracketed", {"args": [], "constraints": []})
        inside = [self.argument(argument) for argument in held["args"]]
        for constraint in held["constraints"]:
            binding = constraint["binding"]
            inside.append(f"{constraint['name']} = {self.argument(binding['equality'])}" if "equality" in binding
                          else f"{constraint['name']}: {self.bounds(binding['constraint'])}")
        return name + (f"<{', '.join(inside)}>" if inside else "")

    def argument(self, argument):
        kind, value = next(iter(argument.items())) if isinstance(argument, dict) else ("infer", "_")
        return self.type(value) if kind == "type" else value["expr"] if kind in ("const", "constant") else value

    def type(self, type):
        kind, inner = next(iter(type.items())) if isinstance(type, dict) else ("primitive", "_")
        match kind:
            case "generic" | "primitive":
                return "!" if inner == "never" else inner
            case "resolved_path":
                return self.path(inner)
            case "borrowed_ref":
                lifetime = f"{inner['lifetime']} " if inner["lifetime"] else ""
                return f"&{lifetime}{'mut ' * inner['is_mutable']}{self.type(inner['type'])}"
            case "tuple":
                return f"({', '.join(map(self.type, inner))}{',' * (len(inner) == 1)})"
            case "slice":
                return f"[{self.type(inner)}]"
            case "array":
                return f"[{self.type(inner['type'])}; {inner['len']}]"
            case "impl_trait":
                return f"impl {self.bounds(inner)}"
            case "dyn_trait":
                lifetime = f" + {inner['lifetime']}" if inner["lifetime"] else ""
                return "dyn " + self.bounds({"trait_bound": bound} for bound in inner["traits"]) + lifetime
            case "qualified_path":
                own, trait = self.type(inner["self_type"]), inner["trait"]
                own = f"<{own} as {self.path(trait)}>" if trait and trait["path"] else own
                return f"{own}::{inner['name']}"
            case "function_pointer":
                inputs = ", ".join(self.type(type) for _, type in inner["sig"]["inputs"])
                return f"fn({inputs}){self.output(inner['sig']['output'])}"
        raise KeyError(kind)

    def output(self, type):
        return f" -> {self.type(type)}" if type else ""

    def bounds(self, bounds):
        return " + ".join(map(self.bound, bounds))

    def bound(self, bound):
        kind, inner = next(iter(bound.items()))
        if kind == "outlives":
            return inner
        if kind == "use":
            return f"use<{', '.join(next(iter(arg.values())) for arg in inner)}>"
        over = [param["name"] for param in inner["generic_params"]]
        mark = {"maybe": "?", "maybe_const": "~const "}.get(inner.get("modifier", "none"), "")
        return (f"for<{', '.join(over)}> " if over else "") + mark + self.path(inner["trait"])

    def generics(self, generics):
        inside = []
        for param in generics["params"]:
            kind, inner = next(iter(param["kind"].items()))
            if kind == "lifetime":
                outlives = " + ".join(inner["outlives"])
                inside.append(param["name"] + (f": {outlives}" if outlives else ""))
            elif kind == "const":
                inside.append(f"const {param['name']}: {self.type(inner['type'])}")
            elif not inner["is_synthetic"]:
                held = self.bounds(inner["bounds"])
                default = f" = {self.type(inner['default'])}" if inner["default"] else ""
                inside.append(param["name"] + (f": {held}" if held else "") + default)
        return f"<{', '.join(inside)}>" if inside else ""

    def where(self, generics):
        held = []
        for predicate in generics["where_predicates"]:
            kind, inner = next(iter(predicate.items()))
            if kind == "bound_predicate":
                held.append(f"{self.type(inner['type'])}: {self.bounds(inner['bounds'])}")
            elif kind == "lifetime_predicate":
                held.append(f"{inner['lifetime']}: {' + '.join(inner['outlives'])}")
            else:
                held.append(f"{self.type(inner['lhs'])} == {self.argument(inner['rhs'])}")
        return f" where {', '.join(held)}" if held else ""


def main(file):
    with open(file, encoding="utf-8") as text:
        document = json.load(text)
    try:
        lines = sorted(set(Api(document).lines))
    except KeyError as missing:
        sys.exit(f"public-api: cannot read {missing} in format {document['format_version']}; "
                 f"this script knows format {FORMAT} of rustdoc's JSON")
    print("\n".join(line for _, line in lines))


if __name__ == "__main__":
    main(sys.argv[1])
