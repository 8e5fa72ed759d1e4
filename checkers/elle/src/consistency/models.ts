// Which consistency models a set of anomalies rules out, and which it leaves: questions to the relations of lattice.ts. The
// surprise is `strongest`: a model that no anomaly could ever rule out (`linearizable`, `1SR`: they are about other things
// than transactions' cycles) is never named there, since to say that it remains would say nothing.
import {
  canonicalNames,
  impliedAnomalies,
  proscribed,
  proscribedHere,
  weakerModels,
  worseAnomalies,
} from './lattice.ts';

export interface Boundary {
  /** The weakest models that do not hold. */
  readonly not: readonly string[];
  /** All stronger ones, which therefore do not hold either. */
  readonly alsoNot: readonly string[];
  /** The strongest models that nothing rules out, of those that an anomaly can rule out. */
  readonly strongest: readonly string[];
}

/** The canonical name of a model or its alias: `serializable` is `PL-3`. An unknown name is returned as it is. */
export function canonical(name: string): string {
  return canonicalOf.get(name) ?? name;
}

/** The name that people use for a model: of `PL-3`, or of `conflict-serializable`, it is `serializable`. */
export function friendly(name: string): string {
  return friendlyOf.get(canonical(name)) ?? name;
}

export function isModel(name: string): boolean {
  return known.has(canonical(name));
}

/** The known model or alias whose name is nearest to one that is not known; `undefined` if nothing is near. */
export function suggestModel(name: string): string | undefined {
  const wanted = name.toLowerCase();
  let best: string | undefined;
  let least = Math.floor(name.length / 3) + 1;
  for (const candidate of [...modelNames, ...canonicalOf.keys(), ...known]) {
    const distance = editDistance(wanted, candidate.toLowerCase());
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

/**
 * What anomalies of these types say about consistency models, in the names that people use, each list sorted. Types that no
 * model forbids, unknown ones among them, rule out nothing.
 */
export function ruledOut(anomalyTypes: Iterable<string>): Boundary {
  const broken = new Set<string>();
  for (const anomaly of expand(anomalyTypes)) for (const model of forbidders.get(anomaly) ?? []) broken.add(model);
  const impossible = reach(stronger, broken);
  const weakest = [...impossible].filter((model) => !meets(strictly(weaker, model), impossible));
  const not = new Set(weakest);
  const remaining = new Set([...known].filter((model) => !impossible.has(model) && judged(model)));
  return {
    not: names(not),
    alsoNot: names([...impossible].filter((model) => !not.has(model))),
    strongest: names([...remaining].filter((model) => !meets(strictly(stronger, model), remaining))),
  };
}

/**
 * Every anomaly type that breaks at least one of these models, those that only imply a forbidden one included.
 *
 * @throws {RangeError} for a name that is no model, with the nearest that is.
 */
export function forbidden(models: Iterable<string>): ReadonlySet<string> {
  const asked = [...models].map((name) => {
    if (isModel(name)) return canonical(name);
    const near = suggestModel(name);
    throw new RangeError(
      `there is no consistency model "${name}"${near === undefined ? '' : `; did you mean "${near}"?`}`,
    );
  });
  const direct = [...reach(weaker, asked)].flatMap((model) => [...(forbids.get(model) ?? [])]);
  return reach(impliers, direct);
}

/** The anomaly types and all that they imply. */
export function expand(anomalyTypes: Iterable<string>): ReadonlySet<string> {
  return reach(implied, anomalyTypes);
}

type Graph = ReadonlyMap<string, ReadonlySet<string>>;

const canonicalOf = new Map(Object.entries(canonicalNames));
const friendlyOf = new Map<string, string>();
for (const [name, model] of canonicalOf) if (!friendlyOf.has(model)) friendlyOf.set(model, name);

const weaker = graphOf(weakerModels, canonical, canonical);
const stronger = turned(weaker);
const implied = graphOf(impliedAnomalies);
const impliers = turned(implied);
const forbids = union(graphOf(proscribed, canonical), graphOf(proscribedHere, canonical));
const forbidders = turned(forbids);
const known: ReadonlySet<string> = verticesOf(weaker);

/** Every model, by the name that people use, sorted. */
export const modelNames: readonly string[] = names(known);

/** Every anomaly type of the lattice, the worst first. */
export const anomalyNames: readonly string[] = bySeverity();

/** Whether there is an anomaly that rules this model out. */
function judged(model: string): boolean {
  for (const each of reach(weaker, [model])) if (forbids.has(each)) return true;
  return false;
}

function bySeverity(): string[] {
  const worse = graphOf(worseAnomalies);
  const all = new Set([...verticesOf(implied), ...forbidders.keys()]);
  const before = turned(worse);
  const depths = new Map<string, number>();
  const depth = (anomaly: string): number => {
    const cached = depths.get(anomaly);
    if (cached !== undefined) return cached;
    const above = [...(impliers.get(anomaly) ?? []), ...(before.get(anomaly) ?? [])];
    const found = above.length === 0 ? 0 : 1 + Math.max(...above.map(depth));
    depths.set(anomaly, found);
    return found;
  };
  return [...all].sort((a, b) => depth(a) - depth(b) || compare(a, b));
}

function graphOf(
  relation: Readonly<Record<string, readonly string[]>>,
  nameFrom = (name: string) => name,
  nameTo = (name: string) => name,
): Graph {
  const graph = new Map<string, Set<string>>();
  for (const [from, targets] of Object.entries(relation))
    for (const to of targets) link(graph, nameFrom(from), nameTo(to));
  return graph;
}

function union(...graphs: readonly Graph[]): Graph {
  const all = new Map<string, Set<string>>();
  for (const graph of graphs) for (const [from, targets] of graph) for (const to of targets) link(all, from, to);
  return all;
}

function turned(graph: Graph): Graph {
  const reverse = new Map<string, Set<string>>();
  for (const [from, targets] of graph) for (const to of targets) link(reverse, to, from);
  return reverse;
}

function link(graph: Map<string, Set<string>>, from: string, to: string): void {
  const targets = graph.get(from);
  if (targets === undefined) graph.set(from, new Set([to]));
  else targets.add(to);
}

function verticesOf(graph: Graph): Set<string> {
  return new Set([...graph].flatMap(([from, targets]) => [from, ...targets]));
}

/** `from` and all that can be reached from it. */
function reach(graph: Graph, from: Iterable<string>): ReadonlySet<string> {
  const seen = new Set(from);
  // A set that grows while it is walked is walked to its end.
  for (const each of seen) for (const next of graph.get(each) ?? []) seen.add(next);
  return seen;
}

function strictly(graph: Graph, from: string): ReadonlySet<string> {
  return reach(graph, graph.get(from) ?? []);
}

function meets(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  for (const each of a) if (b.has(each)) return true;
  return false;
}

function names(models: Iterable<string>): string[] {
  return [...models].map(friendly).sort(compare);
}

/** By code units, since the order must not depend on a locale. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
