import { expect } from "@playwright/test";

/** A page, or whatever else can ask the server. */
interface Asking {
  request: { get(path: string): Promise<{ text(): Promise<string> }> };
}

/** The mails of a server without a mail server, as a developer sees them. */
export class Outbox {
  constructor(private readonly page: Asking) {}

  /** The address of the link in the newest mail of this subject to this address, once it is there. */
  async link(to: string, subject: string): Promise<string> {
    const entry = `>${subject}</a> to ${to}</li>`;
    const list = async (): Promise<string> => (await this.page.request.get("/dev/outbox")).text();
    await expect.poll(list).toContain(entry);
    const line = (await list()).split("\n").find((each) => each.includes(entry))!;
    const mail = await (await this.page.request.get(/href="([^"]+)"/.exec(line)![1]!)).text();
    return /<p><a href="([^"]+)"/.exec(mail)![1]!.replaceAll("&amp;", "&");
  }
}
