/**
 * What the page shows just now. The server renders the first state, the app begins with the same one (so that it can
 * take over the markup that is there) and moves on from it.
 */
import type { FindingPage, FlawPage } from '../../model.ts';
import type { RunPage } from '../../run-page.ts';
import type { Shown } from '../../text.ts';

export interface ViewState {
  /** Place of the open flaw. */
  readonly flaw: number;
  readonly twin: Shown;
  readonly axis: 'order' | 'time';
  /** The whole history in place of the story. */
  readonly full: boolean;
  /** Index of the selected operation, in the open flaw and twin. */
  readonly selected?: number | undefined;
  readonly help: boolean;
  /** True once the app runs: what needs it may be shown. */
  readonly live: boolean;
  /** Width for pictures, in pixels. */
  readonly width: number;
}

export interface Actions {
  set(patch: Partial<ViewState>): void;
  download(run: RunPage, page: FindingPage): void;
}

/** Components that only the app has: charts on canvas, and what reacts to scrolling. */
export interface Slots {
  readonly Plots?: (props: { run: RunPage; width: number }) => unknown;
  readonly Timeline?: (props: {
    run: RunPage;
    width: number;
    selected: number | undefined;
    select: (index: number) => void;
  }) => unknown;
  readonly RawData?: (props: { run: RunPage; select: (index: number) => void }) => unknown;
}

export interface ViewProps {
  readonly page: FindingPage;
  readonly state: ViewState;
  readonly actions: Actions;
  readonly slots: Slots;
}

export const firstState = (page: FindingPage): ViewState => {
  const flaw = Math.max(
    0,
    page.flaws.findIndex(({ status }) => status === page.status),
  );
  return {
    flaw,
    twin: firstRun(page.flaws[flaw]),
    axis: 'order',
    full: false,
    help: false,
    live: false,
    width: 920,
  };
};

/** What is shown of a flaw at first: the smallest story where there is one, else the twin whose evidence counts. */
export const firstRun = (flaw: FlawPage | undefined): Shown =>
  flaw === undefined ? 'flawed' : flaw.shrunk === undefined ? flaw.told : 'shrunk';

export const noActions: Actions = { set: () => {}, download: () => {} };

/** The address of an operation within the page, which is also the id of its row. */
export const anchorOf = (flaw: FlawPage, twin: Shown, index: number): string => `${flaw.name}/${twin}/op${index}`;
