/**
 * A node in JavaScript for each workload of pitchpole's process world, and its flawed twin. No dependency.
 *
 *     pitchpole run -w process --workload g-set --nemesis partition --bin "node examples/process/node.mjs g-set"
 *     pitchpole run -w process --workload g-set --nemesis partition --bin "node examples/process/node.mjs g-set flawed"
 *
 * Messages are JSON lines on standard input and output, as Maelstrom's doc/protocol.md describes them. Standard error is
 * the node's log. The working folder is the node's own and outlives kill -9: what a node has promised to keep lies there.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';

/** What every workload needs: ids, sending, asking, and a handler for each type of message. */
const node = {
  id: '',
  ids: [],
  others: () => node.ids.filter((id) => id !== node.id),
  send: (dest, body) => process.stdout.write(`${JSON.stringify({ src: node.id, dest, body })}\n`),
  reply: ({ src, body }, answer) => node.send(src, { ...answer, in_reply_to: body.msg_id }),
  /** The body of the answer, which may be an error. */
  ask: (dest, body) =>
    new Promise((resolve) => {
      lastId++;
      const id = lastId;
      waiting.set(id, resolve);
      node.send(dest, { ...body, msg_id: id });
    }),
  /** From `init` on. */
  every: (milliseconds, action) => timers.push([milliseconds, action]),
};
let lastId = 0;
const waiting = new Map();
const timers = [];

/** Whole or not at all: a node that is killed while it writes finds what it had before. */
function keep(file, value) {
  writeFileSync(`${file}.part`, JSON.stringify(value));
  renameSync(`${file}.part`, file);
}

const kept = (file, otherwise) => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : otherwise);

function echo(flawed) {
  let before;
  let count = 0;
  return {
    echo(message) {
      count++;
      // The flaw: every fifth answer is an old one.
      const said = flawed && count % 5 === 0 ? before : message.body.echo;
      before = message.body.echo;
      node.reply(message, { type: 'echo_ok', echo: said });
    },
  };
}

function uniqueIds(flawed) {
  const life = randomUUID();
  let count = 0;
  return {
    generate(message) {
      count++;
      // The flaw: every node counts for itself, and forgets whose number it is.
      node.reply(message, { type: 'generate_ok', id: flawed ? count : `${node.id}-${life}-${count}` });
    },
  };
}

function broadcast(flawed) {
  const values = kept('values', []);
  const known = new Set(values.map((value) => JSON.stringify(value)));
  let neighbours = [];
  /** By neighbour: what it has not said yet that it knows. */
  const owed = new Map();
  const learn = (told, source) => {
    const fresh = told.filter((value) => !known.has(JSON.stringify(value)));
    if (fresh.length === 0) return;
    values.push(...fresh);
    for (const value of fresh) known.add(JSON.stringify(value));
    keep('values', values);
    for (const neighbour of neighbours.filter((other) => other !== source)) {
      owed.get(neighbour).push(...fresh);
      node.send(neighbour, { type: 'gossip', values: fresh });
    }
  };
  const remind = () => {
    for (const [neighbour, left] of owed) if (left.length > 0) node.send(neighbour, { type: 'gossip', values: left });
  };
  // The flaw: whatever a neighbour did not hear the first time it never hears.
  if (!flawed) node.every(200, remind);
  return {
    topology(message) {
      neighbours = message.body.topology[node.id] ?? [];
      // After a restart nobody remembers who knows what, so everybody is told everything again.
      for (const neighbour of neighbours) owed.set(neighbour, [...values]);
      node.reply(message, { type: 'topology_ok' });
    },
    broadcast(message) {
      learn([message.body.message]);
      node.reply(message, { type: 'broadcast_ok' });
    },
    gossip({ src, body }) {
      learn(body.values, src);
      node.send(src, { type: 'heard', values: body.values });
    },
    heard({ src, body }) {
      const heard = new Set(body.values.map((value) => JSON.stringify(value)));
      owed.set(
        src,
        (owed.get(src) ?? []).filter((value) => !heard.has(JSON.stringify(value))),
      );
    },
    read: (message) => node.reply(message, { type: 'read_ok', messages: values }),
  };
}

function growOnlySet(flawed) {
  let elements = new Map(kept('elements', []).map((element) => [JSON.stringify(element), element]));
  const change = (after) => {
    elements = after;
    keep('elements', [...elements.values()]);
  };
  node.every(200, () => {
    for (const other of node.others()) node.send(other, { type: 'merge', elements: [...elements.values()] });
  });
  return {
    add(message) {
      const { element } = message.body;
      change(new Map(elements).set(JSON.stringify(element), element));
      node.reply(message, { type: 'add_ok' });
    },
    merge({ body }) {
      const theirs = body.elements.map((element) => [JSON.stringify(element), element]);
      // The flaw: what one hears takes the place of what one knows.
      change(new Map(flawed ? theirs : [...elements, ...theirs]));
    },
    read: (message) => node.reply(message, { type: 'read_ok', value: [...elements.values()] }),
  };
}

function counter(flawed) {
  /** What each node has added and taken away, as far as this one knows: [plus, minus], both of which only grow. */
  let state = kept('state', {});
  const total = () => Object.values(state).reduce((sum, [plus, minus]) => sum + plus - minus, 0);
  node.every(200, () => {
    for (const other of node.others()) node.send(other, { type: 'merge', state, total: total() });
  });
  return {
    add(message) {
      const { delta } = message.body;
      const [plus, minus] = state[node.id] ?? [0, 0];
      state[node.id] = [plus + Math.max(delta, 0), minus + Math.max(-delta, 0)];
      keep('state', state);
      node.reply(message, { type: 'add_ok' });
    },
    merge({ body }) {
      if (flawed) {
        // The flaw: one number for all, and the larger one wins.
        if (body.total > total()) state = { [node.id]: [Math.max(body.total, 0), Math.max(-body.total, 0)] };
      } else {
        for (const [other, [plus, minus]] of Object.entries(body.state)) {
          const before = state[other] ?? [0, 0];
          state[other] = [Math.max(before[0], plus), Math.max(before[1], minus)];
        }
      }
      keep('state', state);
    },
    read: (message) => node.reply(message, { type: 'read_ok', value: total() }),
  };
}

/** Hands everything on to the service `lin-kv`, which is linearizable. */
function linKv(flawed) {
  const cache = new Map();
  const forward = async (message) => {
    const { msg_id: _, ...question } = message.body;
    const key = JSON.stringify(question.key);
    // The flaw: what this node has seen once it does not ask for again.
    if (flawed && question.type === 'read' && cache.has(key)) {
      node.reply(message, { type: 'read_ok', value: cache.get(key) });
      return;
    }
    const answer = await node.ask('lin-kv', question);
    if (answer.type !== 'error') cache.set(key, answer.value ?? question.value ?? question.to);
    node.reply(message, answer);
  };
  return { read: forward, write: forward, cas: forward };
}

async function stored(key, otherwise) {
  const answer = await node.ask('lin-kv', { type: 'read', key });
  return answer.type === 'read_ok' ? answer.value : otherwise;
}

/** Whether `to` took the place of `from`; the flaw: it takes the place of whatever is there. */
async function swapped(key, from, to, flawed = false) {
  if (flawed) {
    await node.ask('lin-kv', { type: 'write', key, value: to });
    return true;
  }
  const answer = await node.ask('lin-kv', { type: 'cas', key, from, to, create_if_not_exists: true });
  return answer.type === 'cas_ok';
}

/** All lists are one value of the service `lin-kv`: a transaction reads it, works on a copy, and swaps. */
function txnListAppend(flawed) {
  return {
    async txn(message) {
      for (let attempt = 0; attempt < 20; attempt++) {
        const before = await stored('lists', {});
        const after = structuredClone(before);
        let changed = false;
        const done = message.body.txn.map(([verb, key, value]) => {
          if (verb === 'r') return [verb, key, after[key] === undefined ? null : [...after[key]]];
          after[key] = [...(after[key] ?? []), value];
          changed = true;
          return [verb, key, value];
        });
        if (!changed || (await swapped('lists', before, after, flawed))) {
          node.reply(message, { type: 'txn_ok', txn: done });
          return;
        }
        await pause(Math.random() * 10);
      }
      node.reply(message, { type: 'error', code: 30, text: 'others were faster, twenty times' });
    },
  };
}

/** Each log is one list in the service `lin-kv`: the offset of a message is its place. */
function kafka(flawed) {
  const remembered = new Map();
  return {
    async send(message) {
      const { key, msg } = message.body;
      for (let attempt = 0; attempt < 50; attempt++) {
        // The flaw: it appends to the log as it remembers it, and puts that in the place of what is there.
        const log = flawed && remembered.has(key) ? remembered.get(key) : await stored(`log ${key}`, []);
        remembered.set(key, [...log, msg]);
        if (await swapped(`log ${key}`, log, remembered.get(key), flawed)) {
          node.reply(message, { type: 'send_ok', offset: log.length });
          return;
        }
        await pause(Math.random() * 10);
      }
      node.reply(message, { type: 'error', code: 30, text: 'others were faster, fifty times' });
    },
    async poll(message) {
      const msgs = {};
      for (const [key, offset] of Object.entries(message.body.offsets)) {
        const log = await stored(`log ${key}`, []);
        msgs[key] = log.slice(offset, offset + 50).map((msg, place) => [offset + place, msg]);
      }
      node.reply(message, { type: 'poll_ok', msgs });
    },
    async commit_offsets(message) {
      for (const [key, offset] of Object.entries(message.body.offsets)) {
        for (;;) {
          const before = await stored(`committed ${key}`, -1);
          if (before >= offset || (await swapped(`committed ${key}`, before, offset))) break;
        }
      }
      node.reply(message, { type: 'commit_offsets_ok' });
    },
    async list_committed_offsets(message) {
      const offsets = {};
      for (const key of message.body.keys) {
        const offset = await stored(`committed ${key}`, -1);
        if (offset >= 0) offsets[key] = offset;
      }
      node.reply(message, { type: 'list_committed_offsets_ok', offsets });
    },
  };
}

const workloads = {
  echo,
  'unique-ids': uniqueIds,
  broadcast,
  'g-set': growOnlySet,
  'g-counter': counter,
  'pn-counter': counter,
  'lin-kv': linKv,
  'txn-list-append': txnListAppend,
  kafka,
};

const [name = '', twin] = process.argv.slice(2);
if (!Object.hasOwn(workloads, name)) {
  process.stderr.write(`usage: node.mjs WORKLOAD [flawed], with one of ${Object.keys(workloads).join(', ')}\n`);
  process.exit(64);
}
const handlers = workloads[name](twin === 'flawed');

createInterface({ input: process.stdin }).on('line', (line) => {
  const message = JSON.parse(line);
  const { type, in_reply_to: answered, msg_id: id } = message.body;
  if (answered !== undefined) {
    waiting.get(answered)?.(message.body);
    waiting.delete(answered);
  } else if (type === 'init') {
    node.id = message.body.node_id;
    node.ids = message.body.node_ids;
    for (const [milliseconds, action] of timers) setInterval(action, milliseconds);
    node.reply(message, { type: 'init_ok' });
  } else if (Object.hasOwn(handlers, type)) {
    handlers[type](message);
  } else if (id !== undefined) {
    node.reply(message, { type: 'error', code: 10, text: `no handler for ${type}` });
  }
});
