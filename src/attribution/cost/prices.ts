import { createRequire } from 'node:module';
import type * as GenaiPrices from '@pydantic/genai-prices';
import { matchesGlob } from '../../base/glob.js';
import { modelName } from './model-name.js';

/** US dollars per million tokens, from the config key `prices`. Keys are models, or globs with `*`. */
export type PriceOverrides = Readonly<Record<string, PriceOverride>>;

interface PriceOverride {
  input: number;
  output: number;
  cache_read?: number | undefined;
  cache_write_5m?: number | undefined;
  cache_write_1h?: number | undefined;
}

/** US dollars per token of each class, and per web search. */
export interface Prices {
  uncached: number;
  read: number;
  write5m: number;
  write1h: number;
  output: number;
  webSearch: number;
}

/** Loaded for the first price: the table takes 20 ms, for which the start of a session need not wait. */
let genaiPrices: typeof GenaiPrices | null = null;

export function priceLibrary(): typeof GenaiPrices {
  genaiPrices ??= createRequire(import.meta.url)('@pydantic/genai-prices') as typeof GenaiPrices;
  return genaiPrices;
}

/** Ids of the price table by model name. The table itself would match every id that begins like one of its own. */
let listed: ReadonlyMap<string, string> | null = null;

function listedId(name: string): string | null {
  listed ??= new Map(
    (priceLibrary().findProvider({ providerId: PROVIDER })?.models ?? []).flatMap(({ id }): [string, string][] => {
      const named = modelName(id);
      return named === null ? [] : [[named.name, id]];
    }),
  );
  return listed.get(name) ?? null;
}

const PROVIDER = 'anthropic';

const PER_MILLION = 1e-6;
/** Anthropic's cache multipliers of the input price, for tables that leave a cache price out. */
const READ_FACTOR = 0.1;
const WRITE_5M_FACTOR = 1.25;
const WRITE_1H_FACTOR = 2;
/** Anthropic's price of a thousand web searches, for models priced by an override. */
const WEB_SEARCHES_KCOUNT = 10;

/**
 * Prices of a model in a request with `inputTokens` billed input tokens (long contexts have their own price tier), made at
 * unix ms `at`. Null for a model without a known price: better no number than a wrong one.
 */
export function pricesFor(
  model: string | null,
  inputTokens: number,
  at: number,
  overrides: PriceOverrides,
): Prices | null {
  if (model === null || model === '') return null;
  const name = modelName(model)?.name ?? null;
  const override = findOverride(model, overrides) ?? (name === null ? null : findOverride(name, overrides));
  if (override !== null) return overridePrices(override);
  const id = name === null ? null : listedId(name);
  return id === null ? null : bundledPrices(id, inputTokens, at);
}

function overridePrices(override: PriceOverride): Prices {
  return prices(override.input, override.output, {
    read: override.cache_read,
    write5m: override.cache_write_5m,
    write1h: override.cache_write_1h,
    webSearchesK: WEB_SEARCHES_KCOUNT,
  });
}

type PriceTable = NonNullable<ReturnType<typeof GenaiPrices.calcPrice>>['model_price'];

/** Cached, since finding a model in the list takes 0.6 ms. */
const tables = new Map<string, PriceTable | undefined>();
const MAX_TABLES = 100;
const HOUR_MS = 3_600_000;

/** Prices for the hour of the request: they change, some by the time of day. */
function priceTable(model: string, at: number): PriceTable | undefined {
  const hour = Math.floor(at / HOUR_MS);
  const key = `${hour} ${model}`;
  if (!tables.has(key)) {
    if (tables.size >= MAX_TABLES) tables.clear();
    const timestamp = new Date(hour * HOUR_MS);
    tables.set(key, priceLibrary().calcPrice({}, model, { providerId: PROVIDER, timestamp })?.model_price);
  }
  return tables.get(key);
}

function bundledPrices(model: string, inputTokens: number, at: number): Prices | null {
  const table = priceTable(model, at);
  const price = (key: string): number | undefined => tierPrice(table?.[key], inputTokens);
  const input = price('input_mtok');
  const output = price('output_mtok');
  if (input === undefined || output === undefined) return null;
  return prices(input, output, {
    read: price('cache_read_mtok'),
    write5m: price('cache_write_mtok'),
    write1h: price('cache_write_1h_mtok'),
    webSearchesK: price('web_searches_kcount') ?? WEB_SEARCHES_KCOUNT,
  });
}

interface OptionalPrices {
  read: number | undefined;
  write5m: number | undefined;
  write1h: number | undefined;
  webSearchesK: number;
}

function prices(input: number, output: number, more: OptionalPrices): Prices {
  return {
    uncached: input * PER_MILLION,
    read: (more.read ?? input * READ_FACTOR) * PER_MILLION,
    write5m: (more.write5m ?? input * WRITE_5M_FACTOR) * PER_MILLION,
    write1h: (more.write1h ?? input * WRITE_1H_FACTOR) * PER_MILLION,
    output: output * PER_MILLION,
    webSearch: more.webSearchesK / 1000,
  };
}

interface TieredPrice {
  base: number;
  tiers: readonly { start: number; price: number }[];
}

/** The tier is chosen by the request's whole input and applies to all its tokens, not only to those above its start. */
function tierPrice(price: number | TieredPrice | undefined, inputTokens: number): number | undefined {
  if (price === undefined || typeof price === 'number') return price;
  const reached = price.tiers.filter((tier) => inputTokens > tier.start);
  return reached.reduce((best, tier) => (tier.start >= best.start ? tier : best), { start: 0, price: price.base })
    .price;
}

/** The exact name wins, then the longest glob: the most specific one. */
function findOverride(model: string, overrides: PriceOverrides): PriceOverride | null {
  if (Object.hasOwn(overrides, model)) return overrides[model] ?? null;
  const globs = Object.keys(overrides).filter((key) => key.includes('*') && matchesGlob(key, model));
  const longest = globs.sort((a, b) => b.length - a.length || (a < b ? -1 : 1))[0];
  return longest === undefined ? null : (overrides[longest] ?? null);
}
