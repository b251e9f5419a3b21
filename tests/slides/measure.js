// What the slide on the screen holds, measured at its own size of 1280 x 720.
async () => {
  await Promise.all([...document.fonts].map(face => face.load()));
  const section = document.querySelector('svg.bespoke-marp-active section');
  const box = e => e.getBoundingClientRect();
  const inside = box(section), footer = section.querySelector('footer');
  const floor = footer ? box(footer).top : inside.bottom;
  const out = [];
  const style = getComputedStyle(section);
  const left = inside.left + parseFloat(style.paddingLeft) - 1;
  const right = inside.right - parseFloat(style.paddingRight) + 1;
  for (const e of section.querySelectorAll('*')) {
    if (e.closest('header, footer, mjx-assistive-mml, .more')) continue;  // not to be seen
    if (e.closest('svg') !== section.closest('svg')) continue;  // inside of a formula
    const r = box(e);
    if (!r.width || !r.height) continue;
    const words = (e.textContent || e.alt || '').trim().slice(0, 40);
    const name = `${e.tagName.toLowerCase()} "${words}"`;
    if (r.left < left || r.right > right || r.top < inside.top || r.bottom > floor + 1)
      out.push(`${name}: ${[r.left, r.top, r.right, r.bottom].map(Math.round)} beyond ` +
               `${[left, inside.top, right, floor].map(Math.round)}`);
    const inline = getComputedStyle(e).display === 'inline';
    if (!inline && e.clientWidth && e.scrollWidth > e.clientWidth + 1)
      out.push(`${name}: its content is wider than itself`);
  }
  if (section.scrollHeight > section.clientHeight + 1) out.push('the slide itself is too high');
  return {
    title: section.querySelector('h1')?.textContent ?? '',
    overflow: out,
    images: [...section.querySelectorAll('img')].map(i => ({
      alt: i.alt, complete: i.complete, natural: i.naturalWidth, shown: box(i).width})),
    formulas: [...section.querySelectorAll('mjx-container')].map(m => ({
      drawn: box(m.querySelector('svg')).width > 0,
      failed: !!m.querySelector('[data-mml-node="merror"], [data-mjx-error]')})),
    smallest: Math.min(...[...section.querySelectorAll('p, li, td, th, figcaption, code')].map(
      e => parseFloat(getComputedStyle(e).fontSize))),
  };
}
