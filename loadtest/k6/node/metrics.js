// Stands in for "k6/metrics": keeps every sample.
export const samples = {};

class Metric {
  constructor(name) {
    this.name = name;
    samples[name] = [];
  }

  add(value) {
    samples[this.name].push(Number(value));
  }
}

export class Counter extends Metric {}
export class Rate extends Metric {}
export class Trend extends Metric {}
