/** A palette at a glance: the zones' five steps and the three severities. */

import { MARKS, type Shades } from '../style/palettes.ts';

export function Swatches({ shades }: { shades: Shades }) {
  const shown = MARKS.filter((mark) => /^(zone|severity)-/.test(mark));
  return (
    <svg class="swatches" viewBox={`0 0 ${shown.length * 24} 16`} aria-hidden="true">
      {shown.map((mark, at) => (
        <rect key={mark} x={at * 24} y={0} width={20} height={16} rx={3} fill={shades[mark]} />
      ))}
    </svg>
  );
}
