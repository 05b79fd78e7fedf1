export default async function User({ params }) {
  return <p>user {(await params).id}</p>;
}
