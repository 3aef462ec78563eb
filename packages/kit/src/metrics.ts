import { Counter, Gauge, Histogram, Registry } from "prom-client";

/** What a metric is declared with; its name gets the prefix `oak_`. */
export interface MetricOptions<Label extends string> {
  /** `<component>_<noun>_<unit>`, without the prefix. */
  name: string;
  help: string;
  labels?: readonly Label[];
}

export interface HistogramOptions<Label extends string> extends MetricOptions<Label> {
  buckets?: readonly number[];
}

/** The figures of a process that `process` itself gives. */
export interface ProcessFigures {
  memoryUsage(): { rss: number; heapUsed: number };
  cpuUsage(): { user: number; system: number };
  uptime(): number;
}

export interface MetricsOptions {
  /** Label `service` on every sample. */
  service: string;
  /** Pass `process` to have its memory and CPU time, read when scraped and never between. */
  process?: ProcessFigures;
}

/**
 * The metrics of one service, in a registry of its own so that several services can share a process.
 * Declaring a name again gives the metric that is already there.
 */
export interface Metrics {
  counter<Label extends string = never>(options: MetricOptions<Label>): Counter<Label>;
  gauge<Label extends string = never>(options: MetricOptions<Label>): Gauge<Label>;
  histogram<Label extends string = never>(options: HistogramOptions<Label>): Histogram<Label>;
  /** The text that Prometheus scrapes. */
  render(): Promise<string>;
  readonly contentType: string;
}

/** From a millisecond to a minute, in seconds: covers a request, a pass of a loop and an image pull. */
const durationBuckets = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60];

export function createMetrics({ service, process }: MetricsOptions): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service });

  const declare = <M>(name: string, create: (registers: Registry[]) => M): M => {
    const existing = registry.getSingleMetric(name);
    // A name stands for one kind of metric: whoever declares it again gets what was declared.
    return existing === undefined ? create([registry]) : (existing as M);
  };
  const common = <Label extends string>({ name, help, labels = [] }: MetricOptions<Label>) => ({
    name: `oak_${name}`,
    help,
    labelNames: labels,
  });

  const metrics: Metrics = {
    counter: (options) =>
      declare(`oak_${options.name}`, (registers) => new Counter({ ...common(options), registers })),
    gauge: (options) =>
      declare(`oak_${options.name}`, (registers) => new Gauge({ ...common(options), registers })),
    histogram: (options) =>
      declare(`oak_${options.name}`, (registers) => {
        const buckets = [...(options.buckets ?? durationBuckets)];
        return new Histogram({ ...common(options), buckets, registers });
      }),
    render: () => registry.metrics(),
    contentType: registry.contentType,
  };
  if (process !== undefined) declareProcessMetrics(registry, process);
  return metrics;
}

/** Prometheus' own names, so that ready-made dashboards find them. */
function declareProcessMetrics(registry: Registry, process: ProcessFigures): void {
  const registers = [registry];
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  };
  gauge("process_resident_memory_bytes", "Memory that the process occupies", () => {
    return process.memoryUsage().rss;
  });
  gauge("nodejs_heap_used_bytes", "Heap in use", () => process.memoryUsage().heapUsed);
  new Counter({
    name: "process_cpu_seconds_total",
    help: "CPU time, user and system",
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
  gauge("process_uptime_seconds", "Time since the process started", () => process.uptime());
}
