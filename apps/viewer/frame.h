// Frame: one picture of a run: environments, curves, the network's view, keys.
#pragma once

#include "pavlov/apps/viewer/canvas.h"
#include "pavlov/apps/viewer/layout.h"
#include "pavlov/apps/viewer/snapshot.h"
#include "pavlov/apps/viewer/view.h"

namespace pavlov::apps {

// The parts of a frame of this snapshot.
Parts parts_of(const Snapshot& snapshot);

void draw_frame(Canvas& canvas, const Layout& layout, const Subject& subject,
                const Snapshot& snapshot, const View& view);

// Each draws one part.
void draw_header(Canvas& canvas, const Layout& layout, const Subject& subject,
                 const Snapshot& snapshot, const View& view);
void draw_tiles(Canvas& canvas, const Layout& layout, const Snapshot& snapshot, const View& view);
void draw_charts(Canvas& canvas, const Layout& layout, const Subject& subject,
                 const Snapshot& snapshot, const View& view);
void draw_opinion(Canvas& canvas, const Rect& panel, const Subject& subject,
                  const Snapshot& snapshot, const View& view);
void draw_keys(Canvas& canvas, const Rect& panel, const View& view);
void draw_help(Canvas& canvas, const View& view);

}  // namespace pavlov::apps
