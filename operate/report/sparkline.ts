const BARS = '▁▂▃▄▅▆▇█';

/**
 * Percentages over time as a line of bars, from 0 to 100 % whatever they are, so that two lines can be compared.
 *
 * @param most bars; of more values, those in between are left out, and the last one stays
 */
export function sparkline(percentages: readonly number[], most = 40): string {
  const step = Math.max(1, Math.ceil(percentages.length / most));
  return percentages
    .filter((_, index) => (percentages.length - 1 - index) % step === 0)
    .map((value) => BARS[Math.min(BARS.length - 1, Math.max(0, Math.floor((value / 100) * BARS.length)))])
    .join('');
}
