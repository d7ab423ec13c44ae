/**
 * Whether a count is what chance gives: true unless a fair draw would be as far from the expected count, on its side,
 * with a probability of less than 0.05 % (so a two-sided test at 99.9 %). Exact, by the binomial distribution.
 *
 * @param hits how often it was seen
 * @param draws of how many
 * @param probability how likely each is, 0 to 1
 */
export function isPlausible(hits: number, draws: number, probability: number): boolean {
  if (probability === 0) return hits === 0;
  if (probability === 1) return hits === draws;
  const TAIL = 0.0005;
  return (
    cumulative(hits, draws, probability) >= TAIL && cumulative(draws - hits, draws, 1 - probability) >= TAIL
  );
}

/** Probability of at most `hits`. */
function cumulative(hits: number, draws: number, probability: number): number {
  let sum = 0;
  // By logarithms: a term alone is too small for a number of 64 bits.
  let logTerm = draws * Math.log(1 - probability);
  for (let count = 0; count <= hits; count++) {
    sum += Math.exp(logTerm);
    logTerm += Math.log((draws - count) / (count + 1)) + Math.log(probability / (1 - probability));
  }
  return sum;
}
