import type { ConfiguredSource, SettingsEntry, SettingsPlace } from '../model/settings-entry.js';
import { type Source, splitSource } from '../model/source.js';
import type { Finding } from './finding.js';
import type { Setting } from './settings.js';

/** What advice amounts to in one settings file. */
export interface SettingsChange extends SettingsPlace {
  entries: SettingsEntry[];
  /** The findings that it settles. */
  findings: Finding[];
}

const USER: SettingsPlace = { project: null };

/**
 * One change for each settings file, the user's first. It holds what was never used, and tool search; what is a matter of
 * judgement is left to the user. Each setting goes where it reaches no further than its target: into the local settings of
 * a project for what that project configures, else into the user's.
 *
 * A server is only disabled where its configuration was found, as the setting depends on it.
 */
export function settingsChanges(
  findings: readonly Finding[],
  configured: readonly ConfiguredSource[],
): SettingsChange[] {
  const placed = findings
    .filter(isSettled)
    .flatMap((finding) => placesOf(finding, configured).map((each) => ({ ...each, finding })));
  const projects = [...new Set(placed.map(({ place }) => place.project))].sort((a, b) =>
    (a ?? '').localeCompare(b ?? ''),
  );
  return projects.map((project) => {
    const own = placed.filter(({ place }) => place.project === project);
    return {
      project,
      entries: distinct(own.map(({ entry }) => entry)),
      findings: [...new Set(own.map(({ finding }) => finding))],
    };
  });
}

/** Findings whose settings take nothing away that was used. */
function isSettled({ saving, kind }: Finding): boolean {
  return saving === 'measured' || kind === 'loaded_in_full';
}

interface PlacedEntry {
  entry: SettingsEntry;
  place: SettingsPlace;
}

function placesOf(finding: Finding, configured: readonly ConfiguredSource[]): PlacedEntry[] {
  if (finding.kind === 'unused_server') return serverPlaces(finding, configured);
  const setting = finding.settings.find(({ action }) => action.in === 'settings');
  if (setting === undefined || isAmbiguous(finding, setting, configured)) return [];
  return entriesOf(setting).flatMap((entry, index) => {
    // The entries of a group are in the order of its sources; other findings that have a place are about one source.
    const source = finding.sources[index] ?? finding.sources[0];
    const found = finding.kind === 'loaded_in_full' ? [] : configured.filter((each) => each.source === source);
    return (found.length > 0 ? found : [USER]).map((place) => ({ entry, place }));
  });
}

/** `team:bake` may be a skill of the plugin `team`, which keeps it listed, or a file in a folder of commands. */
function isAmbiguous({ sources }: Finding, { condition }: Setting, configured: readonly ConfiguredSource[]): boolean {
  return (
    condition === 'prefix_is_folder' && !sources.every((source) => configured.some((each) => each.source === source))
  );
}

function serverPlaces({ sources, settings }: Finding, configured: readonly ConfiguredSource[]): PlacedEntry[] {
  return sources.flatMap((source) => {
    const { name } = splitSource(source);
    const places = placesOfServer(source, name, configured);
    return places.flatMap((place) => {
      const method = place.isShared ? 'disabledMcpjsonServers' : 'deniedMcpServers';
      const setting = settings.find((each) => each.method === method);
      return setting === undefined ? [] : entriesOf(setting).map((entry) => ({ entry, place }));
    });
  });
}

/** A server of a plugin is denied by its full name, so that the user's settings are the place. */
function placesOfServer(
  source: Source,
  name: string,
  configured: readonly ConfiguredSource[],
): (SettingsPlace & { isShared: boolean })[] {
  if (name.startsWith('plugin_')) return [{ ...USER, isShared: false }];
  return configured.filter((each) => each.source === source && each.name === name);
}

function entriesOf({ action }: Setting): readonly SettingsEntry[] {
  return action.in === 'settings' ? action.entries : [];
}

function distinct(entries: readonly SettingsEntry[]): SettingsEntry[] {
  return [...new Map(entries.map((entry) => [JSON.stringify([entry.path, entry.value]), entry])).values()];
}
