import { EventEmitter } from 'node:events';
import { stripVTControlCharacters } from 'node:util';
import { render } from 'ink-testing-library';
import { expect, onTestFinished } from 'vitest';
import { type Budgets, NO_BUDGETS } from '../../../../src/model/budget.js';
import { openPanelData, type PanelData, type Scope } from '../../../../src/tui/panel/data/panel-data.js';
import { Panel } from '../../../../src/tui/panel/Panel.js';
import { scopedData } from '../../../../src/tui/scoped-data.js';
import type { PanelMouse } from '../../../../src/tui/split/panel.js';

export interface ShownPanel {
  data: PanelData;
  /** Rows as a person reads them. */
  rows(): string[];
  screen(): string;
  /** Keys, one after the other; each is seen by the panel before the next. */
  press(...keys: string[]): Promise<void>;
  /** The left button, on the first place of a text that is on the screen. */
  click(text: string): Promise<void>;
  /** Over the list, or over the row with a text. */
  wheel(type: 'wheelUp' | 'wheelDown', steps: number, over?: string): Promise<void>;
  /** Waits until the screen says so. */
  says(text: string | RegExp): Promise<string>;
  copied: string[];
  /** All frames so far, as a person reads them. */
  frames: string[];
}

export interface ShowOptions {
  columns?: number;
  rows?: number;
  sessionId?: string;
  budgets?: Budgets;
  scope?: Scope;
}

const nothing = () => {};

/** The panel over a database, which need not be there. */
export function showPanel(file: string, options: ShowOptions = {}): ShownPanel {
  const { columns = 110, rows = 30, sessionId, budgets = NO_BUDGETS, scope = {} } = options;
  const data = scopedData(openPanelData(file), scope);
  const copied: string[] = [];
  const frames: string[] = [];
  const mouse = new EventEmitter<{ mouse: [PanelMouse] }>();
  let frame: readonly string[] = [];
  const host = {
    leave: nothing,
    zoom: nothing,
    resize: nothing,
    copy: (text: string) => void copied.push(text),
    lend: async () => {},
  };
  const ink = render(
    <Panel
      data={data}
      budgets={budgets}
      prices={{}}
      theme="plain"
      size={{ width: columns, height: rows }}
      host={host}
      mouse={mouse}
      sessionId={sessionId}
      focus="panel"
      prefix="Ctrl-]"
      announcement={null}
      onHead={nothing}
      onFrame={(rows) => {
        frame = rows;
        frames.push(rows.map(stripVTControlCharacters).join('\n'));
      }}
    />,
  );
  onTestFinished(() => {
    ink.unmount();
    data.close();
  });
  const shown = () => frame.map(stripVTControlCharacters);
  const screen = () => shown().join('\n');
  /** React answers in tasks of its own. */
  const answered = () => new Promise((resolve) => setTimeout(resolve, 5));
  return {
    data,
    copied,
    frames,
    rows: shown,
    screen,
    async press(...keys) {
      for (const key of keys) {
        ink.stdin.write(key);
        await answered();
      }
    },
    async click(text) {
      const y = shown().findIndex((row) => row.includes(text));
      const x = shown()[y]?.indexOf(text) ?? -1;
      if (x === -1) throw new Error(`"${text}" is not on the screen`);
      mouse.emit('mouse', { type: 'press', x, y });
      await answered();
    },
    async wheel(type, steps, over) {
      const y = over === undefined ? 5 : shown().findIndex((row) => row.includes(over));
      for (let step = 0; step < steps; step += 1) {
        mouse.emit('mouse', { type, x: 1, y });
        await answered();
      }
    },
    async says(text) {
      await expect.poll(screen).toMatch(text);
      return screen();
    },
  };
}

export const KEYS = { enter: '\r', down: '\x1b[B', up: '\x1b[A', pageDown: '\x1b[6~', tab: '\t', right: '\x1b[C' };
