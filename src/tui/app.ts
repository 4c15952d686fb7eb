import type { PriceOverrides } from '../attribution/index.js';
import { createPanel } from './panel/create-panel.js';
import { openPanelData } from './panel/data/panel-data.js';
import { themeOf } from './panel/theme.js';
import { takeTerminal } from './terminal.js';

export interface AppOptions {
  /** The database. */
  file: string;
  prices: PriceOverrides;
  sessionId?: string | undefined;
}

/** The panel alone on the terminal, until the person leaves it. @throws StoreError */
export function runApp({ file, prices, sessionId }: AppOptions): Promise<void> {
  const data = openPanelData(file);
  const panel = createPanel({ data, prices, theme: themeOf(process.env), sessionId });
  const terminal = takeTerminal((bytes) => panel.onInput(bytes));
  const size = () => [process.stdout.columns || 80, process.stdout.rows || 24] as const;

  function resize(): void {
    terminal.forget();
    panel.resize(...size());
  }

  return new Promise((resolve) => {
    panel.attach({
      leave() {
        process.stdout.off('resize', resize);
        panel.close();
        terminal.leave();
        resolve();
      },
      zoom() {},
      copy: terminal.copy,
      async lend(use) {
        await terminal.lend(use);
        terminal.draw(panel.frame());
      },
    });
    panel.onFrame(() => terminal.draw(panel.frame()));
    process.stdout.on('resize', resize);
    panel.resize(...size());
  });
}
