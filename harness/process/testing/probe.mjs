// A node that notices what the network does to it: what it hears of each other node, how often, how late, in which order.
// Plain JavaScript, because tests start it as the process that it is.
import { existsSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const began = existsSync('was-here') ? 'again' : 'fresh';
writeFileSync('was-here', '');
let self = '';
let seq = 0;
const heard = {};

const send = (dest, body) => process.stdout.write(`${JSON.stringify({ src: self, dest, body })}\n`);

function hear(from, { seq: number, check, at }) {
  heard[from] ??= { count: 0, twice: 0, late: 0, altered: 0, last: 0, seen: {} };
  const its = heard[from];
  if (number !== check || typeof at !== 'number') {
    its.altered++;
    return;
  }
  if (its.seen[number]) {
    its.twice++;
    return;
  }
  its.seen[number] = true;
  its.count++;
  its.delayMs = Math.max(its.delayMs ?? 0, Date.now() - at);
  if (number < its.last) its.late++;
  its.last = Math.max(its.last, number);
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const { src, body } = JSON.parse(line);
  if (body.type === 'init') {
    self = body.node_id;
    setInterval(() => {
      seq++;
      for (const node of body.node_ids)
        if (node !== self) send(node, { type: 'tick', seq, check: seq, at: Date.now() });
    }, 5);
    send(src, { type: 'init_ok', in_reply_to: body.msg_id });
  } else if (body.type === 'felt') {
    const shown = Object.fromEntries(Object.entries(heard).map(([from, { seen: _, ...its }]) => [from, its]));
    send(src, { type: 'felt_ok', heard: shown, began, in_reply_to: body.msg_id });
    // Each look begins anew, but for what was heard already.
    for (const its of Object.values(heard)) Object.assign(its, { count: 0, twice: 0, late: 0, altered: 0, delayMs: 0 });
  } else if (typeof body.seq === 'number') hear(src, body);
});
