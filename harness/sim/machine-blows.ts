/** Blows at processes and the machines that they run on: their life, their disks, their clocks. */
import type { Cluster } from '../core/cluster.ts';
import type { Evidence, Nanos } from '../core/types.ts';
import type { PowerLoss } from './disk.ts';
import type { Host } from './host.ts';
import { type Injurer, ms } from './injuries.ts';

type MachineBlows = Pick<
  Cluster,
  'kill' | 'stop' | 'wipe' | 'powerCut' | 'pause' | 'bendClock' | 'driftClock' | 'spoilDisk' | 'rot'
>;

export function machineBlows({ hostOf, injure, injureEach }: Injurer): MachineBlows {
  /** Takes the process down, does something to the machine meanwhile, and tells what. */
  const down = (host: Host, how: Parameters<Host['holdDown']>[0], after: (loss: PowerLoss | undefined) => string) => {
    const before = life(host);
    const loss = host.holdDown(how);
    const more = after(loss);
    return { took: !host.up(), how: `${before} before, ${life(host)} now${more === '' ? '' : `; ${more}`}` };
  };
  const nothingMore = (): string => '';

  return {
    kill: (ids) => injureEach('kill', ids, (host) => down(host, 'killed', nothingMore), release),
    stop: (ids) => injureEach('stop', ids, (host) => down(host, 'stopped', nothingMore), release),
    wipe: (ids) =>
      injureEach(
        'wipe',
        ids,
        (host) => down(host, 'killed', () => `${host.disk.wipe()} files are gone, ${host.disk.list().length} are left`),
        release,
      ),
    powerCut: (ids) => injureEach('power-cut', ids, (host) => down(host, 'power-cut', fate), release),
    rot: (ids, rot) =>
      injureEach(
        `rot ${JSON.stringify(rot)}`,
        ids,
        (host) => {
          let damage: string | undefined;
          const evidence = down(host, 'killed', () => {
            damage = host.disk.rot(rot);
            return damage ?? 'there was nothing on its disk to damage';
          });
          return { took: evidence.took && damage !== undefined, how: evidence.how };
        },
        release,
      ),
    pause: (ids) =>
      injureEach(
        'pause',
        ids,
        (host) => {
          host.holdStill();
          const how = host.up() ? life(host) : `${life(host)}; one that starts is stopped at once`;
          return { took: host.paused(), how };
        },
        (host) => {
          host.releaseStill();
          return { took: true, how: host.paused() ? 'released, but another fault stops it' : life(host) };
        },
      ),
    spoilDisk: (ids, spoil) =>
      injureEach(
        `spoil ${JSON.stringify(spoil)}`,
        ids,
        ({ disk }) => {
          disk.spoil(spoil);
          return { took: disk.spoils().includes(spoil), how: `its disk is ${spoilText(spoil)}` };
        },
        ({ disk }) => {
          disk.unspoil(spoil);
          const left = disk.spoils().map(spoilText);
          return {
            took: true,
            how: left.length === 0 ? 'its disk works again' : `its disk is still ${left.join(', ')}`,
          };
        },
      ),
    async bendClock(node, offset) {
      const { clock } = hostOf(node);
      const bend = (by: Nanos): Evidence => {
        const before = clock.error();
        clock.bend(by);
        const after = clock.error();
        return {
          took: after - before === by && by !== 0,
          how: `${node}: wall clock was off by ${ms(before)}, now by ${ms(after)}`,
        };
      };
      return injure(
        `clock ${node} ${offset}`,
        () => bend(offset),
        () => bend(-offset),
      );
    },
    async driftClock(node, ppm) {
      const { clock } = hostOf(node);
      let before = 0;
      return injure(
        `drift ${node} ${ppm}`,
        () => {
          before = clock.error();
          clock.drift(ppm);
          return {
            took: ppm !== 0,
            how: `${node}: wall clock is off by ${ms(before)} and gains ${ppm / 1e6} s a second`,
          };
        },
        () => {
          const gained = clock.error() - before;
          clock.drift(-ppm);
          // What it gained is taken back too: the clock is set, as a time daemon would at last.
          clock.bend(-gained);
          return {
            took: true,
            how: `${node}: wall clock had gained ${ms(gained)}, and is off by ${ms(clock.error())} now`,
          };
        },
      );
    },
  };
}

const life = (host: Host): string =>
  !host.up() ? 'no process' : `process ${host.incarnation()}${host.paused() ? ', stopped' : ' runs'}`;

/** A node that another fault holds down as well is healed of this one; one that crashes as it starts is not. */
function release(host: Host): Evidence {
  host.releaseDown();
  if (host.up()) return { took: true, how: life(host) };
  if (host.heldDown()) return { took: true, how: 'released, but another fault holds it down' };
  return { took: false, how: 'it was started and has crashed' };
}

const fate = (loss: PowerLoss | undefined): string =>
  loss === undefined
    ? ''
    : `of ${loss.sectors} unsynced sectors ${loss.survived} survived, ${loss.torn} were torn, ` +
      `${loss.vanished} vanished; ${loss.undone} changes of the directory were undone`;

function spoilText(spoil: Parameters<Cluster['spoilDisk']>[1]): string {
  switch (spoil.kind) {
    case 'disk-full':
      return 'full';
    case 'disk-read-only':
      return 'read-only';
    case 'disk-slow':
      return `slower by ${ms(spoil.by)} a sync`;
    case 'disk-error':
      return `failing ${Math.round(spoil.share * 100)} % of syncs`;
  }
}
