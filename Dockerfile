FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 MIDWATCH_HOME=/var/lib/midwatch
WORKDIR /opt/midwatch

# Dependencies first: they change more rarely than the code, so their layer is kept.
COPY requirements.lock .
RUN pip install --no-cache-dir --require-hashes -r requirements.lock

COPY . .
# Embedded settings are enough to collect static files; the keys made on the way must not stay in the image.
RUN MIDWATCH_HOME=/tmp/build python manage.py collectstatic --noinput && rm -rf /tmp/build \
    && useradd --system --home-dir /var/lib/midwatch --create-home midwatch

USER midwatch
VOLUME /var/lib/midwatch
EXPOSE 8000
CMD ["gunicorn", "config.wsgi", "--bind", "0.0.0.0:8000", "--workers", "2", "--threads", "8", "--access-logfile", "-"]
