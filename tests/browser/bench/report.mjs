// How figures are printed: least, median and greatest of the samples, then each.
export const percentile = (values, share) => values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))];

export const row = (name, values) => {
  const [least, median, most] = [0, 0.5, 1].map((share) => percentile(values, share).toFixed(0));
  console.log(`  ${name}: ${least} / ${median} / ${most} ms; ${values.map((value) => value.toFixed(0)).join(' ')}`);
};
