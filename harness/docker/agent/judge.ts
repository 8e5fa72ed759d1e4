/**
 * What probes prove: whether the links of a cluster behave as the faults that stand say, told in one line.
 */
import type { Disturbance } from '../../core/cluster.ts';
import type { Evidence, NodeId } from '../../core/types.ts';
import type { Link } from './probe.ts';

/**
 * Whether the links behave as the cuts say, and how that was seen.
 * @param shaky nodes that lose some of what they send by another fault: no silence of theirs proves anything
 */
export function judgeLinks(
  links: readonly Link[],
  dropped: (from: NodeId, to: NodeId) => boolean,
  shaky: (from: NodeId) => boolean = () => false,
): Evidence {
  const closed = links.filter(({ from, to }) => dropped(from, to));
  const open = links.filter(({ from, to }) => !dropped(from, to));
  const leaking = closed.filter(({ datagrams, connected }) => datagrams > 0 || connected);
  const dead = open.filter(
    ({ from, to, datagrams, connected }) =>
      !shaky(from) && (datagrams === 0 || (!connected && !dropped(to, from) && !shaky(to))),
  );
  const count = (chosen: readonly Link[]): string =>
    `${total(chosen, 'datagrams')} of ${total(chosen, 'sent')} datagrams and ${chosen.filter((link) => link.connected).length} TCP handshakes`;
  const parts: string[] = [];
  if (closed.length > 0) parts.push(`${count(closed)} crossed ${spell(closed)}`);
  if (open.length > 0) parts.push(`${count(open)} crossed the ${open.length} open links`);
  if (leaking.length > 0) parts.push(`still open: ${spell(leaking)}`);
  if (dead.length > 0) parts.push(`dead though not cut: ${spell(dead)}`);
  return { took: leaking.length === 0 && dead.length === 0, how: parts.join('; ') };
}

/**
 * Whether what befalls packets befell those of the probe: of each struck node some, or slowly.
 * @param bytes of each datagram, with its headers
 */
export function judgeDisturbance(
  links: readonly Link[],
  struck: readonly NodeId[],
  disturbance: Disturbance,
  bytes: number,
): Evidence {
  const proofs = struck.map((node): Evidence => {
    const own = links.filter(({ from }) => from === node);
    const [sent, came] = [total(own, 'sent'), total(own, 'datagrams')];
    const some = (what: string, number: number): Evidence => ({
      took: number > 0,
      how: `${node}: ${number} of ${sent} datagrams ${what}`,
    });
    switch (disturbance.kind) {
      case 'loss':
        return some('were lost', sent - came);
      case 'duplication':
        return some('came twice', total(own, 'twice'));
      case 'reordering':
        return some('were overtaken', total(own, 'late'));
      case 'bandwidth': {
        const seconds = Math.max(0, ...own.map(({ spanMs }) => spanMs)) / 1000;
        // The first came at no cost.
        const speed = seconds === 0 ? 0 : ((came - own.length) * bytes) / seconds;
        const how = `${node}: ${came} of ${sent} datagrams came, at ${Math.round(speed)} bytes a second`;
        return { took: came < sent || speed < 2 * disturbance.bytesPerSecond, how };
      }
      default:
        return { took: false, how: `nothing proves ${disturbance.kind}` };
    }
  });
  return { took: proofs.every(({ took }) => took), how: proofs.map(({ how }) => how).join(', ') };
}

/** What may still happen to what a node sends, by faults that stand. */
export interface Rest {
  readonly lost: boolean;
  readonly twice: boolean;
  readonly late: boolean;
}

/** Whether nothing befalls packets any more but what other faults are for. */
export function judgeRest(links: readonly Link[], rest: (from: NodeId, to: NodeId) => Rest): Evidence {
  const lost = links.filter(({ from, to, datagrams, sent }) => datagrams < sent && !rest(from, to).lost);
  const twice = links.filter(({ from, to, twice }) => twice > 0 && !rest(from, to).twice);
  const late = links.filter(({ from, to, late }) => late > 0 && !rest(from, to).late);
  const how = `${total(links, 'datagrams')} of ${total(links, 'sent')} datagrams came, ${total(links, 'twice')} twice, ${total(links, 'late')} overtaken`;
  const wrong = [
    ...(lost.length === 0 ? [] : [`lost though nothing stands: ${spell(lost)}`]),
    ...(twice.length === 0 ? [] : [`doubled though nothing stands: ${spell(twice)}`]),
    ...(late.length === 0 ? [] : [`overtaken though nothing stands: ${spell(late)}`]),
  ];
  return { took: wrong.length === 0, how: [how, ...wrong].join('; ') };
}

const total = (links: readonly Link[], field: 'datagrams' | 'sent' | 'twice' | 'late'): number =>
  links.reduce((sum, link) => sum + link[field], 0);

/** Whether what the slowed nodes send takes its time, and what the others send does not wait for it. */
export function judgeDelays(
  links: readonly Link[],
  slowest: (from: NodeId) => { readonly atLeastMs: number } | undefined,
): Evidence {
  const arrived = links.filter((link): link is Link & { latencyMs: number } => link.latencyMs !== undefined);
  const wrong = arrived.filter(({ from, latencyMs }) => latencyMs < (slowest(from)?.atLeastMs ?? 0));
  const senders = [...new Set(arrived.map(({ from }) => from))];
  const times = senders.map((sender) => {
    const own = arrived.filter(({ from }) => from === sender).map(({ latencyMs }) => latencyMs);
    return `${sender} ${Math.min(...own).toFixed(1)}`;
  });
  return {
    took: wrong.length === 0 && arrived.length > 0,
    how: `fastest datagram to another node, in ms: ${times.join(', ')}${wrong.length === 0 ? '' : `; too fast: ${spell(wrong)}`}`,
  };
}

function spell(links: readonly Link[]): string {
  const names = links.map(({ from, to }) => `${from}→${to}`);
  return names.length <= 6 ? names.join(' ') : `${names.slice(0, 5).join(' ')} … (${names.length} links)`;
}
