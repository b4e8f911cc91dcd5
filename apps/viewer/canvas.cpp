#include "pavlov/apps/viewer/canvas.h"

#include <cairo/cairo.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <string>
#include <string_view>

#include "pavlov/kernels/check.h"
#include "pavlov/nets/atomic_file.h"

namespace pavlov::apps {
namespace {

constexpr const char* kSans = "Inter";
constexpr const char* kMono = "JetBrains Mono";

struct DestroySurface {
  void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
};
struct DestroyContext {
  void operator()(cairo_t* context) const { cairo_destroy(context); }
};
struct DestroyFace {
  void operator()(cairo_font_face_t* face) const { cairo_font_face_destroy(face); }
};
using Face = std::unique_ptr<cairo_font_face_t, DestroyFace>;

Face make_face(const char* family, bool bold) {
  return Face(cairo_toy_font_face_create(family, CAIRO_FONT_SLANT_NORMAL,
                                         bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL));
}

void set_color(cairo_t* cr, Color c) {
  cairo_set_source_rgba(cr, c.red / 255.0, c.green / 255.0, c.blue / 255.0, c.alpha / 255.0);
}

void trace(cairo_t* cr, std::span<const Point> points) {
  for (const Point p : points) {
    cairo_line_to(cr, static_cast<double>(p.x), static_cast<double>(p.y));
  }
}

void trace(cairo_t* cr, const Rect& r, double radius) {
  if (radius <= 0.0) {
    cairo_rectangle(cr, r.x, r.y, r.width, r.height);
    return;
  }
  constexpr double kQuarter = std::numbers::pi / 2;
  radius = std::min({radius, r.width / 2, r.height / 2});
  cairo_new_sub_path(cr);
  cairo_arc(cr, r.right() - radius, r.y + radius, radius, -kQuarter, 0);
  cairo_arc(cr, r.right() - radius, r.bottom() - radius, radius, 0, kQuarter);
  cairo_arc(cr, r.x + radius, r.bottom() - radius, radius, kQuarter, 2 * kQuarter);
  cairo_arc(cr, r.x + radius, r.y + radius, radius, 2 * kQuarter, 3 * kQuarter);
  cairo_close_path(cr);
}

void draw_shape(cairo_t* cr, const envs::Picture& picture, const envs::Shape& shape) {
  const std::span<const Point> points = picture.points_of(shape);
  if (points.empty()) return;
  switch (shape.kind) {
    case envs::Shape::Kind::polygon:
      trace(cr, points);
      cairo_fill(cr);
      break;
    case envs::Shape::Kind::polyline:
      trace(cr, points);
      if (points.front() == points.back()) cairo_close_path(cr);
      cairo_set_line_width(cr, static_cast<double>(shape.size));
      cairo_stroke(cr);
      break;
    case envs::Shape::Kind::circle:
      cairo_arc(cr, static_cast<double>(points[0].x), static_cast<double>(points[0].y),
                static_cast<double>(shape.size), 0.0, 2 * std::numbers::pi);
      cairo_fill(cr);
      break;
  }
}

}  // namespace

struct Canvas::Impl {
  int width, height;  // of the image
  double scale;
  std::unique_ptr<cairo_surface_t, DestroySurface> surface;
  std::unique_ptr<cairo_t, DestroyContext> context;
  Face faces[2][2];  // [mono][bold]

  cairo_t* cr() const { return context.get(); }

  void use(const TextStyle& style) {
    Face& face = faces[style.mono][style.bold];
    if (face == nullptr) face = make_face(style.mono ? kMono : kSans, style.bold);
    cairo_set_font_face(cr(), face.get());
    cairo_set_font_size(cr(), style.size);
  }
};

Canvas::Canvas(double width, double height, double scale) {
  constexpr double kMost = 16384.0;
  for (const double side : {std::round(width * scale), std::round(height * scale)}) {
    kernels::require(side >= 1.0 && side <= kMost, "canvas", "side", side, "in [1, 16384] pixels");
  }
  impl_ = std::make_unique<Impl>();
  impl_->width = static_cast<int>(std::lround(width * scale));
  impl_->height = static_cast<int>(std::lround(height * scale));
  impl_->scale = scale;
  impl_->surface.reset(cairo_image_surface_create(CAIRO_FORMAT_RGB24, impl_->width, impl_->height));
  if (cairo_surface_status(impl_->surface.get()) != CAIRO_STATUS_SUCCESS) {
    kernels::throw_runtime("canvas", "no memory for an image");
  }
  impl_->context.reset(cairo_create(impl_->surface.get()));
  cairo_t* cr = impl_->cr();
  cairo_scale(cr, scale, scale);
  cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
  cairo_set_line_cap(cr, CAIRO_LINE_CAP_BUTT);
  cairo_font_options_t* options = cairo_font_options_create();
  cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
  cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_SLIGHT);
  cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
  cairo_set_font_options(cr, options);
  cairo_font_options_destroy(options);
}

Canvas::~Canvas() = default;

double Canvas::width() const { return impl_->width / impl_->scale; }
double Canvas::height() const { return impl_->height / impl_->scale; }
double Canvas::scale() const { return impl_->scale; }

void Canvas::clear(Color color) {
  set_color(impl_->cr(), color);
  cairo_paint(impl_->cr());
}

void Canvas::fill(const Rect& rect, Color color, double radius) {
  if (rect.width <= 0.0 || rect.height <= 0.0) return;
  set_color(impl_->cr(), color);
  trace(impl_->cr(), rect, radius);
  cairo_fill(impl_->cr());
}

void Canvas::outline(const Rect& rect, Color color, double radius, double line_width) {
  if (rect.width <= line_width || rect.height <= line_width) return;
  set_color(impl_->cr(), color);
  trace(impl_->cr(), rect.inset(line_width / 2), radius);
  cairo_set_line_width(impl_->cr(), line_width);
  cairo_stroke(impl_->cr());
}

void Canvas::polygon(std::span<const Point> corners, Color color) {
  set_color(impl_->cr(), color);
  trace(impl_->cr(), corners);
  cairo_fill(impl_->cr());
}

void Canvas::polyline(std::span<const Point> points, Color color, double line_width) {
  if (points.size() < 2) return;
  set_color(impl_->cr(), color);
  trace(impl_->cr(), points);
  cairo_set_line_width(impl_->cr(), line_width);
  cairo_stroke(impl_->cr());
}

void Canvas::dashed(Point from, Point to, Color color, double line_width) {
  const double dashes[] = {4.0, 4.0};
  cairo_set_dash(impl_->cr(), dashes, 2, 0.0);
  polyline(std::array{from, to}, color, line_width);
  cairo_set_dash(impl_->cr(), nullptr, 0, 0.0);
}

void Canvas::circle(Point center, double radius, Color color) {
  set_color(impl_->cr(), color);
  cairo_arc(impl_->cr(), static_cast<double>(center.x), static_cast<double>(center.y), radius, 0.0,
            2 * std::numbers::pi);
  cairo_fill(impl_->cr());
}

double Canvas::text_width(std::string_view utf8, const TextStyle& style) {
  impl_->use(style);
  cairo_text_extents_t extents;
  cairo_text_extents(impl_->cr(), std::string(utf8).c_str(), &extents);
  return extents.x_advance;
}

double Canvas::text(std::string_view utf8, Point at, const TextStyle& style) {
  const double width = text_width(utf8, style);
  double x = static_cast<double>(at.x);
  if (style.align == Align::middle) x -= width / 2;
  if (style.align == Align::right) x -= width;
  set_color(impl_->cr(), style.color);
  cairo_move_to(impl_->cr(), x, static_cast<double>(at.y));
  cairo_show_text(impl_->cr(), std::string(utf8).c_str());
  cairo_new_path(impl_->cr());
  return width;
}

void Canvas::picture(const envs::Picture& picture, const Rect& rect, const Theme& theme,
                     double radius) {
  if (picture.width <= 0.0f || picture.height <= 0.0f) return;
  cairo_t* cr = impl_->cr();
  const double width = static_cast<double>(picture.width);
  const double height = static_cast<double>(picture.height);
  const auto [narrow, wide] = std::minmax({rect.width / width, rect.height / height});
  constexpr double kNearly = 1.12;
  const double zoom = wide <= kNearly * narrow ? wide : narrow;
  cairo_save(cr);
  trace(cr, rect, radius);
  cairo_clip(cr);
  set_color(cr, theme.tint(picture.background, picture.background));
  cairo_paint(cr);
  // What is left above and below goes mostly above: there is sky, where below there is ground.
  constexpr double kAbove = 0.75;
  const double above = (rect.height - height * zoom) * (wide == zoom ? 0.5 : kAbove);
  cairo_translate(cr, rect.x + (rect.width - width * zoom) / 2, rect.y + above);
  cairo_scale(cr, zoom, zoom);
  for (const envs::Shape& shape : picture.shapes) {
    set_color(cr, theme.tint(shape.color, picture.background));
    draw_shape(cr, picture, shape);
  }
  cairo_restore(cr);
}

Pixels Canvas::pixels() const {
  cairo_surface_t* surface = impl_->surface.get();
  cairo_surface_flush(surface);
  // Cairo aligns rows of 32-bit pixels to 4 bytes: there is no padding between them.
  const auto* data = reinterpret_cast<const std::uint32_t*>(cairo_image_surface_get_data(surface));
  const auto count =
      static_cast<std::size_t>(impl_->width) * static_cast<std::size_t>(impl_->height);
  return {{data, count}, impl_->width, impl_->height};
}

void Canvas::write_png(const std::filesystem::path& path) const {
  std::string bytes;
  const auto append = [](void* to, const unsigned char* data, unsigned size) {
    static_cast<std::string*>(to)->append(reinterpret_cast<const char*>(data), size);
    return CAIRO_STATUS_SUCCESS;
  };
  const cairo_status_t status =
      cairo_surface_write_to_png_stream(impl_->surface.get(), append, &bytes);
  if (status != CAIRO_STATUS_SUCCESS) {
    kernels::throw_runtime(
        "viewer", path.string() + ": cannot make the picture: " + cairo_status_to_string(status));
  }
  nets::write_file_atomically(path, std::string_view(bytes));  // who sees it sees all of it
}

}  // namespace pavlov::apps
