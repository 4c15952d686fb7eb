import { createHash } from 'node:crypto';
import type { BALANCES } from '../config/route-schema.js';

export type Balancing = (typeof BALANCES)[number];

/** One of several servers that can answer. */
export interface Choice {
  /** Unique in its route. */
  name: string;
  /** Above 0. `round_robin` ignores it. */
  weight: number;
  /** Requests in progress. */
  open: number;
}

/**
 * Chooses among members; null for an empty list.
 * @param key for `sticky`: requests with the same key, such as that of a client, go to one member; null for any
 */
export type Choose = <M extends Choice>(members: readonly M[], key: string | null) => M | null;

/** @param random from 0 up to 1 */
export function createBalancer(balancing: Balancing, random: () => number = Math.random): Choose {
  const turns = new Turns();
  return (members, key) => {
    const [only, ...others] = members;
    if (only === undefined || others.length === 0) return only ?? null;
    switch (balancing) {
      case 'round_robin':
        return turns.next(members, () => 1);
      case 'weighted':
        return turns.next(members, ({ weight }) => weight);
      case 'least_connections': {
        const least = Math.min(...members.map(loadOf));
        return turns.next(
          members.filter((member) => loadOf(member) === least),
          () => 1,
        );
      }
      case 'random':
        return atRandom(members, random());
      case 'sticky':
        return key === null ? turns.next(members, ({ weight }) => weight) : highestScore(members, key);
    }
  };
}

function loadOf({ open, weight }: Choice): number {
  return open / weight;
}

/**
 * Smooth weighted round robin, as in nginx: over the sum of the weights, each member has as many turns as its weight, spread out.
 * https://github.com/nginx/nginx/commit/52327e0627f49dbda1e8db695e63a4b0af4448b1
 */
class Turns {
  readonly #credits = new Map<string, number>();

  next<M extends Choice>(members: readonly M[], weightOf: (member: M) => number): M | null {
    let best: M | null = null;
    let highest = Number.NEGATIVE_INFINITY;
    let total = 0;
    for (const member of members) {
      const credit = (this.#credits.get(member.name) ?? 0) + weightOf(member);
      this.#credits.set(member.name, credit);
      total += weightOf(member);
      if (credit > highest) {
        best = member;
        highest = credit;
      }
    }
    if (best !== null) this.#credits.set(best.name, highest - total);
    return best;
  }
}

function atRandom<M extends Choice>(members: readonly M[], at: number): M | null {
  let rest = at * members.reduce((sum, { weight }) => sum + weight, 0);
  for (const member of members) {
    rest -= member.weight;
    if (rest < 0) return member;
  }
  return members.at(-1) ?? null;
}

/** Rendezvous hashing: when a member leaves, only its own keys move, and all processes choose the same without talking to each other. */
function highestScore<M extends Choice>(members: readonly M[], key: string): M | null {
  let best: M | null = null;
  let highest = Number.NEGATIVE_INFINITY;
  for (const member of members) {
    const score = -member.weight / Math.log(fractionOf(`${member.name}\0${key}`));
    if (score > highest) {
      best = member;
      highest = score;
    }
  }
  return best;
}

/** Above 0 and below 1. */
function fractionOf(text: string): number {
  const hash = createHash('sha256').update(text).digest();
  return (hash.readUIntBE(0, 6) + 0.5) / 2 ** 48;
}
