// files.*: the three steps of an upload, of which the middle one goes to the address that the first one gave.

import { readContent, readField } from "../content.ts";
import { fileObject } from "../files.ts";
import { secretId } from "../ids.ts";
import { objectsIn, stringIn } from "../json.ts";
import { addMessage, findMessage } from "../messages.ts";
import { type Methods, ok, refuse } from "./answers.ts";

const MOST_BYTES = 1_000_000_000;

export const fileMethods: Methods = {
  "files.getUploadURLExternal": (args, { state, ids, url }) => {
    const name = stringIn(args, "filename");
    const length = Number(args.length);
    if (name === undefined) return refuse("invalid_arguments", ["the argument filename is missing"]);
    if (!Number.isInteger(length) || length <= 0) return refuse("invalid_arguments", ["length must be above 0"]);
    if (length > MOST_BYTES) return refuse("file_upload_size_restricted");
    const id = ids.next("F");
    const uploadKey = secretId();
    state.files.set(id, { id, name, title: name, length, uploadKey, shared: false });
    return ok({ upload_url: `${url}/upload/v1/${uploadKey}`, file_id: id });
  },

  "files.completeUploadExternal": (args, context) => {
    const { state, ids, settings, url } = context;
    const wanted = objectsIn(readField(args, "files"));
    if (wanted.length === 0) return refuse("invalid_arguments", ["the argument files is missing"]);
    const files = wanted.flatMap(({ id }) => state.files.get(String(id)) ?? []);
    if (files.length < wanted.length || files.some(({ content, shared }) => content === undefined || shared)) {
      return refuse("file_not_found");
    }
    const channelId = stringIn(args, "channel_id") ?? stringIn(args, "channels");
    const channel = channelId === undefined ? undefined : state.channels.get(channelId);
    if (channelId !== undefined && channel === undefined) return refuse("channel_not_found");
    if (channel !== undefined && !channel.botIsMember) return refuse("not_in_channel");
    const threadTs = stringIn(args, "thread_ts");
    if (threadTs !== undefined && (channel === undefined || findMessage(state, channel.id, threadTs) === undefined)) {
      return refuse("thread_not_found");
    }
    const comment = stringIn(args, "initial_comment") ?? "";
    const blocks = args.blocks === undefined ? undefined : readContent({ blocks: args.blocks }, settings.refuseBlocks);
    if (blocks?.kind === "refused") return refuse(blocks.error, blocks.messages);

    for (const [index, file] of files.entries()) {
      const title = stringIn(wanted[index] ?? {}, "title") ?? file.name;
      state.files.set(file.id, { ...file, title, shared: channel !== undefined });
    }
    if (channel !== undefined) {
      addMessage(state, ids, {
        channel: channel.id,
        user: state.bot.id,
        text: comment,
        blocks: blocks?.content.blocks ?? [],
        threadTs,
        fileIds: files.map(({ id }) => id),
      });
    }
    return ok({ files: files.map(({ id }) => fileObject(state, id, url)) });
  },

  "files.info": (args, { state, url }) => {
    const file = fileObject(state, stringIn(args, "file") ?? "", url);
    return file === undefined ? refuse("file_not_found") : ok({ file, comments: [] });
  },
};
