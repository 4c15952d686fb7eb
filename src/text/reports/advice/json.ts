import type { Advice, Finding, Setting } from '../../../advice/index.js';
import { toJsonRow } from '../../../base/json-row.js';
import { settingsObject } from '../../../model/settings-entry.js';
import type { FileOfChange } from './report.js';
import { settingText } from './setting.js';

/** The facts behind `suggest`, for programs. @param changes with whole paths */
export function adviceToJson(advice: Advice, changes: readonly (FileOfChange & { file: string })[]) {
  const { findings, heldBack, ...sums } = advice;
  return {
    ...toJsonRow(sums),
    findings: findings.map(findingToJson),
    held_back: heldBack.map(findingToJson),
    changes: changes.map(({ file, project, entries, findings: settled }) => ({
      file,
      project,
      settings: settingsObject(entries),
      findings: settled.map((finding) => findings.indexOf(finding)),
    })),
  };
}

function findingToJson({ settings, ...facts }: Finding) {
  return { ...toJsonRow(facts), settings: settings.map(settingToJson) };
}

function settingToJson(setting: Setting) {
  const { action, ...facts } = setting;
  return { text: settingText(setting), in: action.in, ...facts };
}
