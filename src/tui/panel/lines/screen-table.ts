import { type Column, type FittedTable, fitTable } from '../../../text/table.js';

/** From this width on, columns are two blanks apart. Below it, one more column is worth more. */
const ROOMY = 96;

/** A table whose columns have fixed widths, so that nothing moves while its rows scroll. */
export function fitScreenTable<Row>(columns: readonly Column<Row>[], width: number): FittedTable<Row> {
  return fitTable(columns, [], width, width < ROOMY ? ' ' : '  ');
}
