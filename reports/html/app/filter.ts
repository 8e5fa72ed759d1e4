/** The filter box of a suite's index: all words must occur; the count is read out. */
export function filterIndex(root: HTMLElement): void {
  root.querySelector('main')?.classList.replace('still', 'live');
  const input = root.querySelector<HTMLInputElement>('#filter');
  const count = root.querySelector('#filter-count');
  const tiles = [...root.querySelectorAll<HTMLElement>('.tile')];
  const apply = (): void => {
    const words = (input?.value ?? '').toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const tile of tiles) {
      const matches = words.every((word) => tile.dataset.words?.includes(word));
      tile.hidden = !matches;
      if (matches) shown++;
    }
    for (const section of root.querySelectorAll<HTMLElement>('.mechanism')) {
      section.hidden = section.querySelector('.tile:not([hidden])') === null;
    }
    if (count !== null) count.textContent = words.length === 0 ? '' : `${shown} of ${tiles.length}`;
  };
  input?.addEventListener('input', apply);
}
