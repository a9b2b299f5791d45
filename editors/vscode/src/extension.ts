// The extension: the language server as a client, and the map of a program beside its text.

import { commands, window, workspace, type ExtensionContext } from "vscode";
import { LanguageClient } from "vscode-languageclient/node";
import { MapPanel } from "./map";

let client: LanguageClient | undefined;

async function start(): Promise<void> {
  const [command, ...args] = workspace
    .getConfiguration("attndsl")
    .get<string[]>("command", ["attndsl", "lsp"]);
  client = new LanguageClient(
    "attndsl",
    "attndsl",
    { command, args },
    { documentSelector: [{ language: "attndsl" }] },
  );
  try {
    await client.start();
  } catch {
    client = undefined;
    const said = `attndsl: "${[command, ...args].join(" ")}" could not be started. Install it with: pip install 'attndsl[lsp]', or say where it is in the setting attndsl.command.`;
    const setting = "Open Settings";
    if ((await window.showErrorMessage(said, setting)) === setting)
      await commands.executeCommand("workbench.action.openSettings", "attndsl.command");
  }
}

export async function activate(context: ExtensionContext): Promise<void> {
  const panel = new MapPanel(
    (params) => client?.sendRequest("attndsl/map", params),
    context.extensionUri,
  );
  context.subscriptions.push(
    panel,
    commands.registerCommand("attndsl.showMap", () => panel.show()),
    commands.registerCommand("attndsl.restart", async () => {
      await client?.stop();
      await start();
    }),
  );
  await start();
}

export const deactivate = (): Promise<void> | undefined => client?.stop();
