"""
A node in Python for each workload of pitchpole's process world, and its flawed twin. No dependency.

    pitchpole run -w process --workload g-set --nemesis partition --bin "python3 examples/process/node.py g-set"
    pitchpole run -w process --workload g-set --nemesis partition --bin "python3 examples/process/node.py g-set flawed"

Messages are JSON lines on standard input and output, as Maelstrom's doc/protocol.md describes them. Standard error is
the node's log. The working folder is the node's own and outlives kill -9: what a node has promised to keep lies there.
"""
import asyncio
import json
import os
import random
import sys
import time


class Node:
    """What every workload needs: ids, sending, asking, and a handler for each type of message."""

    def __init__(self):
        self.id = None
        self.ids = []
        self.handlers = {"init": self.init}
        self.waiting = {}
        self.last_id = 0
        self.timers = []

    async def init(self, message):
        self.id = message["body"]["node_id"]
        self.ids = message["body"]["node_ids"]
        self.reply(message, {"type": "init_ok"})
        for seconds, action in self.timers:
            asyncio.create_task(self.repeat(seconds, action))

    def others(self):
        return [node for node in self.ids if node != self.id]

    def send(self, dest, body):
        sys.stdout.write(json.dumps({"src": self.id, "dest": dest, "body": body}) + "\n")
        sys.stdout.flush()

    def reply(self, message, body):
        self.send(message["src"], {**body, "in_reply_to": message["body"]["msg_id"]})

    async def ask(self, dest, body):
        """The body of the answer, which may be an error."""
        self.last_id += 1
        answer = asyncio.get_running_loop().create_future()
        self.waiting[self.last_id] = answer
        self.send(dest, {**body, "msg_id": self.last_id})
        return await answer

    def every(self, seconds, action):
        self.timers.append((seconds, action))

    async def repeat(self, seconds, action):
        while True:
            await asyncio.sleep(seconds)
            action()

    async def handle(self, message):
        body = message["body"]
        if "in_reply_to" in body:
            answer = self.waiting.pop(body["in_reply_to"], None)
            if answer is not None and not answer.done():
                answer.set_result(body)
            return
        handler = self.handlers.get(body["type"])
        if handler is not None:
            await handler(message)
        elif "msg_id" in body:
            self.reply(message, {"type": "error", "code": 10, "text": "no handler for " + body["type"]})

    async def run(self):
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=16_000_000)
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while line := await reader.readline():
            asyncio.create_task(self.handle(json.loads(line)))


def keep(file, value):
    """Whole or not at all: a node that is killed while it writes finds what it had before."""
    with open(file + ".part", "w") as part:
        json.dump(value, part)
    os.replace(file + ".part", file)


def kept(file, otherwise):
    if not os.path.exists(file):
        return otherwise
    with open(file) as whole:
        return json.load(whole)


# --- echo -------------------------------------------------------------------------------------------------------------


def echo(node, flawed):
    before = []

    async def on_echo(message):
        said = message["body"]["echo"]
        before.append(said)
        # The flaw: every fifth answer is an old one.
        old = flawed and len(before) % 5 == 0
        node.reply(message, {"type": "echo_ok", "echo": before[-2] if old else said})

    node.handlers["echo"] = on_echo


# --- unique-ids -------------------------------------------------------------------------------------------------------


def unique_ids(node, flawed):
    life = f"{time.time_ns():x}-{random.getrandbits(32):x}"
    count = 0

    async def on_generate(message):
        nonlocal count
        count += 1
        # The flaw: every node counts for itself, and forgets whose number it is.
        node.reply(message, {"type": "generate_ok", "id": count if flawed else f"{node.id}-{life}-{count}"})

    node.handlers["generate"] = on_generate


# --- broadcast --------------------------------------------------------------------------------------------------------


def broadcast(node, flawed):
    values = kept("values", [])
    known = {json.dumps(value) for value in values}
    neighbours = []
    # By neighbour: what it has not said yet that it knows.
    owed = {}

    def learn(new, source):
        fresh = [value for value in new if json.dumps(value) not in known]
        if not fresh:
            return
        values.extend(fresh)
        known.update(json.dumps(value) for value in fresh)
        keep("values", values)
        for neighbour in neighbours:
            if neighbour != source:
                owed[neighbour].extend(fresh)
                node.send(neighbour, {"type": "gossip", "values": fresh})

    async def on_topology(message):
        neighbours[:] = message["body"]["topology"].get(node.id, [])
        # After a restart nobody remembers who knows what, so everybody is told everything again.
        owed.update({neighbour: list(values) for neighbour in neighbours})
        node.reply(message, {"type": "topology_ok"})

    async def on_broadcast(message):
        learn([message["body"]["message"]], None)
        node.reply(message, {"type": "broadcast_ok"})

    async def on_gossip(message):
        told = message["body"]["values"]
        learn(told, message["src"])
        node.send(message["src"], {"type": "heard", "values": told})

    async def on_heard(message):
        heard = {json.dumps(value) for value in message["body"]["values"]}
        left = [value for value in owed.get(message["src"], []) if json.dumps(value) not in heard]
        owed[message["src"]] = left

    async def on_read(message):
        node.reply(message, {"type": "read_ok", "messages": values})

    def remind():
        for neighbour, left in owed.items():
            if left:
                node.send(neighbour, {"type": "gossip", "values": left})

    # The flaw: whatever a neighbour did not hear the first time it never hears.
    if not flawed:
        node.every(0.2, remind)
    node.handlers.update(topology=on_topology, broadcast=on_broadcast, gossip=on_gossip, heard=on_heard, read=on_read)


# --- g-set ------------------------------------------------------------------------------------------------------------


def g_set(node, flawed):
    elements = {json.dumps(element) for element in kept("elements", [])}

    def change(new):
        if new != elements:
            elements.clear()
            elements.update(new)
            keep("elements", listed())

    def listed():
        return [json.loads(element) for element in sorted(elements)]

    async def on_add(message):
        change(elements | {json.dumps(message["body"]["element"])})
        node.reply(message, {"type": "add_ok"})

    async def on_merge(message):
        theirs = {json.dumps(element) for element in message["body"]["elements"]}
        # The flaw: what one hears takes the place of what one knows.
        change(theirs if flawed else elements | theirs)

    async def on_read(message):
        node.reply(message, {"type": "read_ok", "value": listed()})

    def gossip():
        for other in node.others():
            node.send(other, {"type": "merge", "elements": listed()})

    node.every(0.2, gossip)
    node.handlers.update(add=on_add, merge=on_merge, read=on_read)


# --- g-counter and pn-counter -----------------------------------------------------------------------------------------


def counter(node, flawed):
    # What each node has added and taken away, as far as this one knows: [plus, minus], both of which only grow.
    state = kept("state", {})

    def total():
        return sum(plus - minus for plus, minus in state.values())

    async def on_add(message):
        delta = message["body"]["delta"]
        plus, minus = state.get(node.id, [0, 0])
        state[node.id] = [plus + max(delta, 0), minus + max(-delta, 0)]
        keep("state", state)
        node.reply(message, {"type": "add_ok"})

    async def on_merge(message):
        if flawed:
            # The flaw: one number for all, and the larger one wins.
            theirs = message["body"]["total"]
            if theirs > total():
                state.clear()
                state[node.id] = [max(theirs, 0), max(-theirs, 0)]
        else:
            for other, (plus, minus) in message["body"]["state"].items():
                before = state.get(other, [0, 0])
                state[other] = [max(before[0], plus), max(before[1], minus)]
        keep("state", state)

    async def on_read(message):
        node.reply(message, {"type": "read_ok", "value": total()})

    def gossip():
        for other in node.others():
            node.send(other, {"type": "merge", "state": state, "total": total()})

    node.every(0.2, gossip)
    node.handlers.update(add=on_add, merge=on_merge, read=on_read)


# --- lin-kv -----------------------------------------------------------------------------------------------------------


def lin_kv(node, flawed):
    """Hands everything on to the service `lin-kv`, which is linearizable."""
    cache = {}

    async def forward(message):
        body = message["body"]
        key = json.dumps(body["key"])
        # The flaw: what this node has seen once it does not ask for again.
        if flawed and body["type"] == "read" and key in cache:
            return node.reply(message, {"type": "read_ok", "value": cache[key]})
        question = {name: value for name, value in body.items() if name != "msg_id"}
        answer = await node.ask("lin-kv", question)
        if answer["type"] != "error":
            cache[key] = answer.get("value", body.get("value", body.get("to")))
        node.reply(message, {name: value for name, value in answer.items() if name != "in_reply_to"})

    node.handlers.update(read=forward, write=forward, cas=forward)


async def stored(node, key, otherwise):
    answer = await node.ask("lin-kv", {"type": "read", "key": key})
    return answer["value"] if answer["type"] == "read_ok" else otherwise


async def swapped(node, key, before, after, flawed=False):
    """Whether `after` took the place of `before`; the flaw: it takes the place of whatever is there."""
    if flawed:
        await node.ask("lin-kv", {"type": "write", "key": key, "value": after})
        return True
    question = {"type": "cas", "key": key, "from": before, "to": after, "create_if_not_exists": True}
    return (await node.ask("lin-kv", question))["type"] == "cas_ok"


# --- txn-list-append --------------------------------------------------------------------------------------------------


def txn_list_append(node, flawed):
    """All lists are one value of the service `lin-kv`: a transaction reads it, works on a copy, and swaps."""

    async def on_txn(message):
        for _ in range(20):
            before = await stored(node, "lists", {})
            after = {key: list(values) for key, values in before.items()}
            done = []
            for verb, key, value in message["body"]["txn"]:
                if verb == "r":
                    done.append([verb, key, list(after[str(key)]) if str(key) in after else None])
                else:
                    after.setdefault(str(key), []).append(value)
                    done.append([verb, key, value])
            # A value that nobody has changed since it was read: then this reading was one moment.
            if after == before or await swapped(node, "lists", before, after, flawed):
                return node.reply(message, {"type": "txn_ok", "txn": done})
            await asyncio.sleep(random.random() * 0.01)
        node.reply(message, {"type": "error", "code": 30, "text": "others were faster, twenty times"})

    node.handlers["txn"] = on_txn


# --- kafka ------------------------------------------------------------------------------------------------------------


def kafka(node, flawed):
    """Each log is one list in the service `lin-kv`: the offset of a message is its place."""
    remembered = {}

    async def on_send(message):
        body = message["body"]
        key = "log " + body["key"]
        for _ in range(50):
            # The flaw: it appends to the log as it remembers it, and puts that in the place of what is there.
            log = remembered[key] if flawed and key in remembered else await stored(node, key, [])
            remembered[key] = log + [body["msg"]]
            if await swapped(node, key, log, remembered[key], flawed):
                return node.reply(message, {"type": "send_ok", "offset": len(log)})
            await asyncio.sleep(random.random() * 0.01)
        node.reply(message, {"type": "error", "code": 30, "text": "others were faster, fifty times"})

    async def on_poll(message):
        messages = {}
        for key, offset in message["body"]["offsets"].items():
            log = await stored(node, "log " + key, [])
            messages[key] = [[place, log[place]] for place in range(offset, min(len(log), offset + 50))]
        node.reply(message, {"type": "poll_ok", "msgs": messages})

    async def on_commit(message):
        for key, offset in message["body"]["offsets"].items():
            while True:
                before = await stored(node, "committed " + key, -1)
                if before >= offset or await swapped(node, "committed " + key, before, offset):
                    break
        node.reply(message, {"type": "commit_offsets_ok"})

    async def on_list(message):
        offsets = {key: await stored(node, "committed " + key, -1) for key in message["body"]["keys"]}
        there = {key: offset for key, offset in offsets.items() if offset >= 0}
        node.reply(message, {"type": "list_committed_offsets_ok", "offsets": there})

    node.handlers.update(send=on_send, poll=on_poll, commit_offsets=on_commit, list_committed_offsets=on_list)


workloads = {
    "echo": echo,
    "unique-ids": unique_ids,
    "broadcast": broadcast,
    "g-set": g_set,
    "g-counter": counter,
    "pn-counter": counter,
    "lin-kv": lin_kv,
    "txn-list-append": txn_list_append,
    "kafka": kafka,
}

if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in workloads:
        sys.exit("usage: node.py WORKLOAD [flawed], with one of " + ", ".join(workloads))
    this = Node()
    workloads[sys.argv[1]](this, "flawed" in sys.argv[2:])
    asyncio.run(this.run())
