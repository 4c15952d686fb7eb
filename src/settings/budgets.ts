import type { BudgetPeriod, Budgets } from '../model/budget.js';
import type { Config } from './config.js';
import { peekRaw } from './raw-config.js';

/** The keys of the configuration that hold budgets. */
export function budgetsOf(config: Pick<Config, `budget.${BudgetPeriod}`>): Budgets {
  return { session: config['budget.session'], day: config['budget.day'], month: config['budget.month'] };
}

/**
 * The budgets of a configuration file of which nothing else is checked: for a program that has no time to load the schema
 * library. Every other command reports errors in the file.
 */
export function readBudgets(file: string): Budgets {
  const raw = peekRaw(file) ?? {};
  const limit = (period: BudgetPeriod) => {
    const value = raw[`budget.${period}`];
    return typeof value === 'number' && value > 0 ? value : null;
  };
  return { session: limit('session'), day: limit('day'), month: limit('month') };
}
